import Tabular

/// Units (rows, or values with all of their rows) dealt out so that every part has its exact share.
///
/// The units are put in order by stratum, then by hash, and dealt like cards: every part's size, and
/// its size within every stratum, is within one of the exact share. A unit takes 13 bytes, and a
/// value also its key.
struct SplitDraw {
  /// Which units are chosen.
  enum Deal {
    /// A share of them, rounded down.
    case share(Double)
    /// Every one whose place in the order has this remainder.
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

  /// Adds the units of rows, which must come in order.
  ///
  /// - Parameter isTaken: Rows to leave out; nil for none.
  /// - Throws: ``Diagnostic`` with the line, where the rows of one value are of two strata.
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

  /// Returns for every row of a frame whether its unit is chosen.
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

  /// Returns the number of the stratum of every row; 0 where there are none.
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
