extension Variable {
  /// Returns every row, standardized to mean 0 and variance 1.
  ///
  ///     y = (x - mean) / sqrt(variance + epsilon)
  ///
  /// with the mean and the biased variance of the row's columns. Layer normalization is
  /// `x.rowNormalized(epsilon: 1e-5) * scale + shift`.
  ///
  /// - x, y: `[rows, columns]`, or more dimensions before the last.
  /// - Backward: with g = dy / sqrt(variance + epsilon), and through the moments:
  ///   dx = g - mean(g) - y · mean(g · y).
  /// - Edge cases: a row with equal elements, or with one column, gives zeros. Moments are summed
  ///   in `Double`.
  public func rowNormalized(epsilon: Float) -> Variable {
    let (rows, width) = (value.rowCount, value.columnCount)
    let x = value
    let y = Tensor(uninitialized: shape)
    let inverses = Tensor(uninitialized: [rows])
    parallelFor(rows, blockSize: rowBlock) { block in
      for row in block {
        let source = x.pointer + row * width
        var (sum, squares) = (0.0, 0.0)
        for column in 0..<width { sum += Double(source[column]) }
        let mean = sum / Double(width)
        for column in 0..<width {
          let distance = Double(source[column]) - mean
          squares += distance * distance
        }
        let inverse = 1 / (squares / Double(width) + Double(epsilon)).squareRoot()
        for column in 0..<width {
          y.pointer[row * width + column] = Float((Double(source[column]) - mean) * inverse)
        }
        inverses.pointer[row] = Float(inverse)
      }
    }
    return record(
      y, from: [self], cost: .others(5 * y.count, of: [self]),
      naive: { inputs in
        var result = inputs[0]
        for row in 0..<rows {
          let values = (0..<width).map { inputs[0][row, $0] }
          let mean = values.reduce(0, +) / Double(width)
          let variance = values.reduce(0) { $0 + $1 * $1 } / Double(width) - mean * mean
          for column in 0..<width {
            result[row, column] =
              (values[column] - mean) / (variance + Double(epsilon)).squareRoot()
          }
        }
        return result
      },
      backward: { dy in
        let dx = Tensor(uninitialized: y.shape)
        parallelFor(rows, blockSize: rowBlock) { block in
          for row in block {
            let places = row * width..<(row + 1) * width
            var (sum, product) = (0.0, 0.0)
            for i in places {
              sum += Double(dy.pointer[i])
              product += Double(dy.pointer[i]) * Double(y.pointer[i])
            }
            (sum, product) = (sum / Double(width), product / Double(width))
            for i in places {
              let slope = Double(dy.pointer[i]) - sum - Double(y.pointer[i]) * product
              dx.pointer[i] = Float(slope) * inverses.pointer[row]
            }
          }
        }
        self.accumulate(dx)
      })
  }
}
