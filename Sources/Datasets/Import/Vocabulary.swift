/// The ids of a categorical feature, fitted to train rows; id 0 is the unknown value.
struct Vocabulary {
  let feature: CategoricalFeature
  private var table = KeyTable()
  private var counts: [Int] = []
  private var ids: [Int32] = []

  /// The values with an id, from id 1: by falling count in train, then by first appearance.
  private(set) var values: [String] = []

  init(_ feature: CategoricalFeature) { self.feature = feature }

  /// The number of ids.
  var size: Int { values.count + 1 }

  /// Counts one train row's value.
  mutating func count(_ value: UnsafeBufferPointer<UInt8>) {
    let number = table.insert(value)
    if number == counts.count { counts.append(0) }
    counts[number] += 1
  }

  /// Numbers the values that are frequent enough.
  mutating func fit() {
    let kept = counts.indices.filter { counts[$0] >= feature.minimumCount }
      .sorted { (counts[$1], $0) < (counts[$0], $1) }
    ids = [Int32](repeating: 0, count: counts.count)
    for (position, number) in kept.enumerated() { ids[number] = Int32(position + 1) }
    values = kept.map { table.string($0) }
  }

  /// Returns the id of a value.
  func id(of value: UnsafeBufferPointer<UInt8>) -> Int32 { table.find(value).map { ids[$0] } ?? 0 }
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
