import CNumerics
import TensorCore

extension ParameterGradient {
  /// Returns the sum of the squares of all elements.
  ///
  /// - Parameter count: The number of elements of the parameter where its update counts all rows;
  ///   the sum then has the bits of a gradient with zeros in place of missing rows. Nil where it
  ///   counts the rows of the gradient alone.
  func squaredNorm(ofAll count: Int?) -> Double {
    switch self {
    case .none: 0
    case .dense(let values): ck_dot(values.pointer, values.pointer, values.count)
    case .rows(let rows):
      if let count {
        rows.squaredNorm(ofAll: count)
      } else {
        ck_dot(rows.values.pointer, rows.values.pointer, rows.values.count)
      }
    }
  }
}

extension RowGradient {
  /// Sums as `ck_dot` does over all rows: in blocks of 1024 elements, those of zeros left out.
  fileprivate func squaredNorm(ofAll count: Int) -> Double {
    let (columns, blockSize) = (values.columnCount, 1024)
    var sum = 0.0
    var current = 0
    var block = [Float](repeating: 0, count: blockSize)
    for (position, index) in indices.enumerated() {
      var element = Int(index) * columns
      let end = element + columns
      while element < end {
        if element / blockSize != current {
          sum += ck_dot(block, block, min(blockSize, count - current * blockSize))
          current = element / blockSize
          for i in 0..<blockSize { block[i] = 0 }
        }
        let start = current * blockSize
        for at in element..<min(end, start + blockSize) {
          block[at - start] = values.pointer[(position - Int(index)) * columns + at]
        }
        element = min(end, start + blockSize)
      }
    }
    return sum + ck_dot(block, block, min(blockSize, count - current * blockSize))
  }
}
