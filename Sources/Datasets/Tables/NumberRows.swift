/// Rows of as many numbers each.
struct NumberRows: Equatable {
  /// The numbers: `[rows, width]`, row-major.
  let values: [Float]

  /// The numbers of a row.
  let width: Int

  /// Returns the rows at `positions` alone.
  func selecting(_ positions: [Int]) -> NumberRows {
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
