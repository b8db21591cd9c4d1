import CNumerics

extension Variable {
  /// Returns the softmax of every row, over all or some of the columns.
  ///
  ///     y_i = exp(x_i) / Σ_{j in kept} exp(x_j) for kept i, exactly 0 for the others
  ///
  /// - x, y: `[rows, columns]`; kept: one byte per element, nonzero if the column is kept. The
  ///   greatest kept element is subtracted first, so nothing overflows. A row without kept columns
  ///   gets zeros.
  /// - Backward: dx = y · (dy - Σ y·dy).
  public func softmax(keeping kept: [UInt8]? = nil) -> Variable {
    let (rows, width) = (value.rowCount, value.columnCount)
    require(
      kept?.count ?? value.count == value.count,
      "\(kept?.count ?? 0) bytes for the softmax of \(described)")
    let y = Tensor(uninitialized: shape)
    parallelFor(rows, blockSize: rowBlock) { block in
      let start = block.lowerBound * width
      if let kept {
        kept.withUnsafeBufferPointer { kept in
          ck_softmax(
            value.pointer + start, kept.baseAddress.map { $0 + start }, y.pointer + start,
            block.count, width)
        }
      } else {
        ck_softmax(value.pointer + start, nil, y.pointer + start, block.count, width)
      }
    }
    return record(
      y, from: [self], cost: .others(3 * y.count, of: [self]),
      naive: { inputs in
        var result = NaiveTensor(zeros: inputs[0].shape)
        for row in 0..<rows {
          let columns = (0..<width).filter { column in
            kept.map { $0[row * width + column] != 0 } ?? true
          }
          let top = columns.map { inputs[0][row, $0] }.max() ?? 0
          let sum = columns.reduce(0.0) { $0 + (inputs[0][row, $1] - top).exponential }
          for column in columns {
            result[row, column] = (inputs[0][row, column] - top).exponential / sum
          }
        }
        return result
      },
      backward: { dy in
        let dx = Tensor(uninitialized: y.shape)
        parallelFor(rows, blockSize: rowBlock) { block in
          let start = block.lowerBound * width
          ck_softmax_backward(
            dy.pointer + start, y.pointer + start, dx.pointer + start, block.count, width)
        }
        self.accumulate(dx)
      })
  }

  /// Returns the logarithm of the softmax over the middle axis.
  ///
  ///     y[b, i, k] = x[b, i, k] - log Σ_j exp(x[b, j, k])
  ///
  /// - x, y: `[outer, axis, inner]`. Finite for every finite x.
  /// - Backward: dx = dy - exp(y) · Σ_axis dy.
  public func logSoftmaxOverMiddleAxis() -> Variable {
    require(
      shape.count == 3, "a softmax over the middle axis of \(described), which has not three axes")
    let (outer, axis, inner) = (shape[0], shape[1], shape[2])
    let y = Tensor(uninitialized: shape)
    let step = axis * inner
    parallelFor(outer, blockSize: rowBlock) { block in
      let start = block.lowerBound * step
      ck_log_softmax_axis(value.pointer + start, y.pointer + start, block.count, axis, inner)
    }
    return record(
      y, from: [self], cost: .others(3 * y.count, of: [self]),
      naive: { inputs in
        var result = inputs[0]
        for block in 0..<outer {
          for k in 0..<inner {
            let places = (0..<axis).map { block * step + $0 * inner + k }
            let top = places.map { inputs[0].values[$0] }.max() ?? 0
            let sum = places.reduce(0.0) { $0 + (inputs[0].values[$1] - top).exponential }
            for place in places { result.values[place] -= top + sum.naturalLogarithm }
          }
        }
        return result
      },
      backward: { dy in
        let dx = Tensor(uninitialized: y.shape)
        parallelFor(outer, blockSize: rowBlock) { block in
          let start = block.lowerBound * step
          ck_log_softmax_axis_backward(
            dy.pointer + start, y.pointer + start, dx.pointer + start, block.count, axis, inner)
        }
        self.accumulate(dx)
      })
  }
}
