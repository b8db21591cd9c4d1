import Tabular

/// The values inside the cells of a multi-valued feature.
struct BagValues {
  /// The different values.
  private(set) var table = KeyTable()

  private var starts: [Int32] = [0]
  private var numbers: [Int32] = []

  /// Takes apart the different cells of a column.
  init(_ feature: CategoricalFeature, cells: KeyTable) {
    for cell in 0..<cells.count {
      cells.withKey(cell) { cell in
        feature.forEachValue(in: cell) { numbers.append(Int32(table.insert($0))) }
      }
      starts.append(Int32(numbers.count))
    }
  }

  /// Returns the numbers of the values in a cell, given as its own number.
  func values(of cell: Int32) -> ArraySlice<Int32> {
    numbers[Int(starts[Int(cell)])..<Int(starts[Int(cell) + 1])]
  }
}
