import TensorCore

extension Tensor {
  /// Returns one column of a matrix.
  func values(column: Int) -> [Float] {
    let width = columnCount
    return withUnsafeBufferPointer { values in
      (0..<rowCount).map { values[$0 * width + column] }
    }
  }
}
