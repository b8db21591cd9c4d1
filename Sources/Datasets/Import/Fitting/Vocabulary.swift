/// The ids of a categorical feature, fitted to train rows; id 0 is the unknown value.
struct Vocabulary {
  let feature: CategoricalFeature
  private var counts: [Int] = []
  private var firsts: [Int32] = []
  private var ids: [Int32] = []

  /// The values with an id, from id 1: by falling count in train, then by first appearance.
  private(set) var values: [String] = []

  init(_ feature: CategoricalFeature) { self.feature = feature }

  /// The number of ids.
  var size: Int { values.count + 1 }

  /// Counts the values of train rows, given as numbers in a table.
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

  /// Numbers the values that are frequent enough; `table` has their texts.
  mutating func fit(_ table: KeyTable) {
    let kept = firsts.indices.filter { counts[Int(firsts[$0])] >= feature.minimumCount }
      .sorted { (counts[Int(firsts[$1])], $0) < (counts[Int(firsts[$0])], $1) }
      .map { Int(firsts[$0]) }
    ids = [Int32](repeating: 0, count: table.count)
    for (position, number) in kept.enumerated() { ids[number] = Int32(position + 1) }
    values = kept.map { table.string($0) }
  }

  /// Returns the id of a value, given as its number in the table.
  func id(of number: Int32) -> Int32 { ids[Int(number)] }

  /// Returns the ids of values, given as their numbers in the table.
  func ids(of numbers: [Int32]) -> [Int32] {
    ids.withUnsafeBufferPointer { ids in numbers.map { ids[Int($0)] } }
  }
}

extension CategoricalFeature {
  /// Calls `body` with each value inside a cell of a multi-valued feature.
  func forEachValue(
    in cell: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    guard !cell.isEmpty else { return }
    guard let separator else { return body(cell) }
    for part in cell.split(separator: separator) { body(UnsafeBufferPointer(rebasing: part)) }
  }
}
