/// Rows of as many numbers each.
package struct NumberRows: Equatable {
  /// The numbers: `[rows, width]`, row-major.
  package let values: [Float]

  /// The numbers of a row.
  package let width: Int

  package init(values: [Float], width: Int) {
    self.values = values
    self.width = width
  }

  /// Returns the rows at `positions` alone.
  package func selecting(_ positions: [Int]) -> NumberRows {
    let selected = [Float](unsafeUninitializedCapacity: positions.count * width) { target, count in
      values.withUnsafeBufferPointer { values in
        guard let source = values.baseAddress, let target = target.baseAddress else { return }
        for (row, position) in positions.enumerated() {
          (target + row * width).update(from: source + position * width, count: width)
        }
      }
      count = positions.count * width
    }
    return NumberRows(values: selected, width: width)
  }
}
