import Configuration
import Datasets
import Tabular
import TensorCore

/// Assigns a split to every row.
struct SplitAssigner {
  private let schema: DatasetSchema
  private let rowCounts: [Int]
  private var testDraw: SplitDraw?
  private var validationDraw: SplitDraw?

  /// Creates an assigner, after reading all rows if a rule requires that.
  ///
  /// - Throws: ``Diagnostic`` if a left-out value does not occur, or if rows that are drawn
  ///   together belong to different strata.
  init(_ staged: StagedRows, progress: (Int) throws -> Void) throws {
    schema = staged.schema
    rowCounts = staged.rowCounts
    try checkLeftOut(.test, schema.split.test, staged)
    try checkLeftOut(.validation, schema.split.validation, staged)
    testDraw = try draw(for: .test, staged, progress)
    validationDraw = try draw(for: .validation, staged, progress)
  }

  /// Returns the split of every row of a frame of a source.
  func splits(of frame: StagedFrame, source: Int) throws -> [SplitName] {
    if let split = schema.sources[source].split, split != .train {
      return [SplitName](repeating: split, count: frame.rowCount)
    }
    let isTest = try matches(.test, frame, source)
    let isValidation = try matches(.validation, frame, source)
    return zip(isTest, isValidation).map { $0 ? .test : $1 ? .validation : .train }
  }

  private func rule(of split: SplitName) -> SplitSchema.Rule {
    split == .test ? schema.split.test : schema.split.validation
  }

  private func matches(_ split: SplitName, _ frame: StagedFrame, _ source: Int) throws -> [Bool] {
    switch rule(of: split) {
    case .none, .published: return [Bool](repeating: false, count: frame.rowCount)
    case .holds(let condition): return try condition.evaluate(on: frame)
    case .leaveOut(let values, let column):
      return try Condition(clauses: [.init(column: column, test: .isOne(values))])
        .evaluate(on: frame)
    case .last(let share):
      let first = Int((Double(rowCounts[source]) * (1 - share)).rounded())
      return frame.indices.map { $0 >= first }
    case .hash(let columns, let share):
      return try hashes(of: frame, source, columns, salt: split.rawValue).map { hash in
        Double(hash >> 11) * 0x1p-53 < share
      }
    case .draw, .fold:
      let draw = split == .test ? testDraw : validationDraw
      return try draw?.contains(frame, source: source)
        ?? [Bool](repeating: false, count: frame.rowCount)
    }
  }

  /// Returns a hash of every row's unit, which depends on the seed and a salt.
  private func hashes(
    of frame: StagedFrame, _ source: Int, _ columns: [String], salt: String
  ) throws -> [UInt64] {
    var added = stableHash(salt)
    if let seed = schema.split.seed { added &+= RandomStream.mix(UInt64(seed) &+ 1) }
    let number = schema.sources[source].number
    guard !columns.isEmpty else {
      return frame.indices.map {
        RandomStream.mix(RowHash.hash(source: number, row: $0) &+ added)
      }
    }
    let keys = try RowKeys(columns: columns, of: frame)
    return frame.indices.indices.map { RandomStream.mix(RowHash.hash(keys.text($0)) &+ added) }
  }

  /// Reads all rows for a rule that counts them; nil for other rules.
  private func draw(
    for split: SplitName, _ staged: StagedRows, _ progress: (Int) throws -> Void
  ) throws -> SplitDraw? {
    let (units, deal): (SplitSchema.Units, SplitDraw.Deal)
    switch rule(of: split) {
    case .draw(let drawn, let share): (units, deal) = (drawn, .share(share))
    case .fold(let fold, let count, let parts): (units, deal) = (parts, .fold(fold - 1, of: count))
    default: return nil
    }
    let isFold = if case .fold = deal { true } else { false }
    var draw = SplitDraw(units, rowCounts: rowCounts)
    let wanted = Set(units.columns + units.strata + schema.split.columns)
    for number in 0..<staged.blockCount {
      guard let block = staged.block(number), schema.sources[block.source].isDivided else {
        continue
      }
      let frame = try staged.frame(of: block, columns: wanted)
      // Folds are parts of all rows; a share refers to the rows that are not in test.
      let isTaken =
        split == .validation && !isFold ? try matches(.test, frame, block.source) : nil
      let salt = isFold ? "fold" : split.rawValue
      let hashes = try hashes(of: frame, block.source, units.columns, salt: salt)
      try draw.add(frame, source: block.source, hashes: hashes, isTaken: isTaken)
      try progress(0)
    }
    draw.deal(deal)
    return draw
  }

  private func checkLeftOut(
    _ split: SplitName, _ rule: SplitSchema.Rule, _ staged: StagedRows
  ) throws {
    guard case .leaveOut(let values, let column) = rule else { return }
    let table = staged.table(of: column)
    guard let absent = values.first(where: { table.find($0) == nil }) else { return }
    var sentence =
      "split.\(split.rawValue) leaves out '\(excerpt(absent))' of '\(column)', but no row has it"
    let known = (0..<min(table.count, 1000)).map { table.string($0) }
    if let nearest = nearestName(to: absent, among: known) {
      sentence += "; did you mean '\(nearest)'?"
    }
    throw Diagnostic(sentence)
  }
}

extension SourceSchema {
  /// Whether the rules of the schema divide its rows.
  fileprivate var isDivided: Bool { split == nil || split == .train }
}

/// Hashes that never change, because splits and folds depend on them.
enum RowHash {
  /// Returns the hash of a row's position in the sources.
  static func hash(source: Int, row: Int) -> UInt64 {
    RandomStream.mix(UInt64(source) << 40 &+ UInt64(row))
  }

  /// Returns the hash of a text, mixed so that the low bits depend on all bytes.
  static func hash(_ text: String) -> UInt64 { RandomStream.mix(stableHash(text)) }
}

/// Units (rows, or values with all of their rows) dealt out so that every part has its exact share.
///
/// The units are sorted by stratum, then by hash, and dealt like cards: the size of every part,
/// overall and within every stratum, is within one of the exact share. A unit takes 13 bytes; a
/// unit that is a value also takes its key.
struct SplitDraw {
  /// The units to choose.
  enum Deal {
    /// A share of the units, rounded down.
    case share(Double)
    /// Every unit whose position in the order has this remainder.
    case fold(Int, of: Int)
  }

  private let units: SplitSchema.Units
  private var hashes: [UInt64] = []
  private var strataOfUnits: [Int32] = []
  private var isChosen: [Bool] = []

  /// The strata, and the units that are values of columns.
  private var strata = KeyTable()
  private var values = KeyTable()

  /// By source and row of the file, the units that are rows; -1 for other rows.
  private var unitsOfRows: [[Int32]]

  init(_ units: SplitSchema.Units, rowCounts: [Int]) {
    self.units = units
    unitsOfRows =
      units.columns.isEmpty
      ? rowCounts.map { [Int32](repeating: -1, count: $0) } : rowCounts.map { _ in [] }
  }

  /// Adds the units of rows, which must be added in order.
  ///
  /// - Parameter isTaken: Rows to leave out; nil for none.
  /// - Throws: ``Diagnostic`` with the line, if the rows of one value belong to two strata.
  mutating func add(
    _ frame: StagedFrame, source: Int, hashes rowHashes: [UInt64], isTaken: [Bool]?
  ) throws {
    let strataOfRows = try strata(of: frame)
    func isFree(_ row: Int) -> Bool { isTaken.map { !$0[row] } ?? true }
    guard !units.columns.isEmpty else {
      for row in strataOfRows.indices where isFree(row) {
        unitsOfRows[source][frame.indices[row]] = Int32(hashes.count)
        hashes.append(rowHashes[row])
        strataOfUnits.append(strataOfRows[row])
      }
      return
    }
    try RowKeys(columns: units.columns, of: frame).forEach { row, key in
      guard isFree(row) else { return }
      let unit = values.insert(key)
      if unit == hashes.count {
        hashes.append(rowHashes[row])
        strataOfUnits.append(strataOfRows[row])
      } else if strataOfUnits[unit] != strataOfRows[row] {
        throw frame.error(
          row, units.columns.joined(separator: ", "),
          "rows of one value differ in \(units.strata.joined(separator: ", ")), so that they cannot be "
            + "divided together and by stratum")
      }
    }
  }

  /// Chooses units.
  mutating func deal(_ deal: Deal) {
    let order = hashes.indices.sorted {
      (strataOfUnits[$0], hashes[$0], $0) < (strataOfUnits[$1], hashes[$1], $1)
    }
    isChosen = [Bool](repeating: false, count: hashes.count)
    for (place, unit) in order.enumerated() {
      switch deal {
      case .share(let share):
        isChosen[unit] =
          (Double(place + 1) * share).rounded(.down) > (Double(place) * share).rounded(.down)
      case .fold(let fold, let count): isChosen[unit] = place % count == fold
      }
    }
  }

  /// Returns whether the unit of each row of a frame is chosen.
  func contains(_ frame: StagedFrame, source: Int) throws -> [Bool] {
    guard !units.columns.isEmpty else {
      return frame.indices.map { index in
        let unit = unitsOfRows[source][index]
        return unit >= 0 && isChosen[Int(unit)]
      }
    }
    var chosen: [Bool] = []
    chosen.reserveCapacity(frame.rowCount)
    try RowKeys(columns: units.columns, of: frame).forEach { _, key in
      chosen.append(values.find(key).map { isChosen[$0] } ?? false)
    }
    return chosen
  }

  /// Returns the number of the stratum of every row; 0 if there are none.
  private mutating func strata(of frame: StagedFrame) throws -> [Int32] {
    guard !units.strata.isEmpty else { return [Int32](repeating: 0, count: frame.rowCount) }
    var numbers: [Int32] = []
    numbers.reserveCapacity(frame.rowCount)
    try RowKeys(columns: units.strata, of: frame).forEach { _, key in
      numbers.append(Int32(strata.insert(key)))
    }
    return numbers
  }
}
