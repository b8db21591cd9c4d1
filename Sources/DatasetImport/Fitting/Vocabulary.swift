import Configuration
import Tabular

/// The ids of a categorical feature, fitted to train rows; id 0 is the unknown value.
struct Vocabulary {
  let feature: CategoricalFeature
  private var counts: [Int] = []
  private var firsts: [Int32] = []
  private var ids: [Int32] = []

  /// The values with an id, starting at id 1: by decreasing count in train, then by first
  /// appearance.
  private(set) var values: [String] = []

  /// The edges between bins; nil if the values are texts.
  private(set) var edges: [Double]?

  init(_ feature: CategoricalFeature) { self.feature = feature }

  /// The number of ids.
  var size: Int { values.count + 1 }

  /// Counts the values of train rows, given by their numbers in a table.
  mutating func count(_ numbers: some Sequence<Int32>, tableSize: Int) {
    if counts.count < tableSize {
      counts += [Int](repeating: 0, count: tableSize - counts.count)
    }
    counts.withUnsafeMutableBufferPointer { counts in
      for number in numbers {
        if counts[Int(number)] == 0 { firsts.append(number) }
        counts[Int(number)] += 1
      }
    }
  }

  /// Assigns ids to the values that are frequent enough, or to the bins; `table` holds the texts.
  mutating func fit(_ table: KeyTable) {
    ids = [Int32](repeating: 0, count: table.count)
    if let bins = feature.binCount {
      fit(QuantileBins(bins, table: table, counts: counts), table)
    } else {
      let missing = feature.missing == .value ? nil : table.find("")
      let kept = firsts.indices
        .filter {
          counts[Int(firsts[$0])] >= feature.minimumCount && Int(firsts[$0]) != missing
        }
        .sorted { (counts[Int(firsts[$1])], $0) < (counts[Int(firsts[$0])], $1) }
        .map { Int(firsts[$0]) }
      for (position, number) in kept.enumerated() { ids[number] = Int32(position + 1) }
      values = kept.map { table.string($0) }
    }
    if feature.missing == .error, feature.separator == nil, let missing = table.find("") {
      ids[missing] = Self.refused
    }
  }

  /// The id of texts that are invalid for the feature.
  private static let refused: Int32 = -1

  /// Numbers the bins from 1; missing numbers have an additional bin if they occur in train rows.
  private mutating func fit(_ bins: QuantileBins, _ table: KeyTable) {
    values = bins.names
    edges = bins.edges
    let missing = table.find("")
    for number in 0..<table.count where number != missing {
      ids[number] = bins.bin(of: number).map { Int32($0 + 1) } ?? Self.refused
    }
    if feature.missing == .value, let missing, missing < counts.count, counts[missing] > 0 {
      values.append("")
      ids[missing] = Int32(values.count)
    }
  }

  /// Returns the id of a value, given by its number in the table.
  func id(of number: Int32) -> Int32 { ids[Int(number)] }

  /// Returns the ids of values, given by their numbers in the table.
  func ids(of numbers: [Int32]) -> [Int32] {
    ids.withUnsafeBufferPointer { ids in numbers.map { ids[Int($0)] } }
  }

  /// Returns the ids of the cells of a frame's rows.
  ///
  /// - Throws: ``Diagnostic`` with the line, if a cell is missing or not a number although it must
  ///   not be.
  func ids(of frame: StagedFrame) throws -> [Int32] {
    let keys = try frame.keys(feature.column)
    let ids = ids(of: keys.numbers)
    if ids.contains(Self.refused), let row = ids.firstIndex(of: Self.refused) {
      let text = keys.table.string(Int(keys.numbers[row]))
      throw frame.error(
        row, feature.column,
        text.isEmpty
          ? "the value of feature '\(feature.name)' is missing"
          : "'\(excerpt(text))' is not a finite number, which the quantiles of feature '\(feature.name)' need"
      )
    }
    return ids
  }
}

extension CategoricalFeature {
  /// Calls `body` with each value inside a cell of a multi-valued feature.
  func forEachValue(
    in cell: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    guard !cell.isEmpty else { return }
    guard let separator else { return body(cell) }
    for part in cell.split(separator: separator)
    where !padding.contains(where: { $0.utf8.elementsEqual(part) }) {
      body(UnsafeBufferPointer(rebasing: part))
    }
  }
}

/// The values inside the cells of a multi-valued feature.
struct BagValues {
  /// The distinct values.
  private(set) var table = KeyTable()

  private var starts: [Int32] = [0]
  private var numbers: [Int32] = []

  /// Splits the distinct cells of a column into values.
  init(_ feature: CategoricalFeature, cells: KeyTable) {
    for cell in 0..<cells.count {
      cells.withKey(cell) { cell in
        feature.forEachValue(in: cell) { numbers.append(Int32(table.insert($0))) }
      }
      starts.append(Int32(numbers.count))
    }
  }

  /// Returns the numbers of the values in a cell, given by its own number.
  func values(of cell: Int32) -> ArraySlice<Int32> {
    numbers[Int(starts[Int(cell)])..<Int(starts[Int(cell) + 1])]
  }
}
