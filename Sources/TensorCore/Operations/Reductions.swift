import MessagePassing

/// The axis of a matrix over which a sum or mean is computed.
public enum Axis: Sendable, CaseIterable {
  /// Over rows, resulting in one row: `dim=0` in PyTorch.
  case rows
  /// Over columns, resulting in one column: `dim=-1` in PyTorch.
  case columns
}

extension Variable {
  /// Returns the sum of all elements.
  ///
  /// - x: any shape; result: scalar. Summed in `Double`, in order. The empty sum is 0.
  /// - Backward: dx = dy everywhere.
  public func sum() -> Variable { summed(to: []) }

  /// Returns the sum over rows or columns as a row or column, which broadcasts with x in
  /// arithmetic.
  ///
  /// - x: `[rows, columns]`, where the last dimension is the number of columns and all others
  ///   multiply to the number of rows. Result over rows: `[1, columns]`, or x itself if it is one
  ///   row `[columns]`; over columns: the shape of x with last dimension 1. Summed in `Double`, in
  ///   order. The empty sum is 0.
  /// - Backward: dx = dy, repeated.
  public func sum(over axis: Axis) -> Variable { summed(to: reducedShape(over: axis)) }

  /// Returns the mean of all elements.
  ///
  /// The empty mean is 0 without gradient (PyTorch: NaN), so a batch without rows of a scenario
  /// adds nothing to a loss.
  /// - x: any shape; result: scalar. Backward: dx = dy / count.
  public func mean() -> Variable { sum().scaled(by: reciprocal(of: value.count)) }

  /// Returns the mean over rows or columns; for shapes see ``sum(over:)``.
  ///
  /// The empty mean is 0 without gradient.
  /// - Backward: dx = dy / (number of rows or columns).
  public func mean(over axis: Axis) -> Variable {
    sum(over: axis).scaled(
      by: reciprocal(of: axis == .rows ? value.rowCount : value.columnCount))
  }

  /// Returns the logarithm of the sum of exponentials over the columns.
  ///
  ///     y = log Σ_j exp(x_j) = max + log Σ_j exp(x_j - max)
  ///
  /// - x: `[rows, columns]`, or more dimensions before the last; result: last dimension 1.
  /// - Backward: dx_j = dy · exp(x_j - y), the softmax.
  /// - Edge cases: finite for finite x. A row that is all -∞ or has no columns gives -∞ without
  ///   gradient; a row with +∞ gives +∞ and a NaN gradient.
  public func logSumExp() -> Variable {
    let x = value
    let (rows, width) = (x.rowCount, x.columnCount)
    let y = Tensor(uninitialized: reducedShape(over: .columns))
    parallelFor(rows, blockSize: rowBlock) { block in
      for row in block {
        let source = UnsafeBufferPointer(start: x.pointer + row * width, count: width)
        let top = Double(source.max() ?? -.infinity)
        guard top.isFinite else {
          y.pointer[row] = source.contains(where: \.isNaN) ? .nan : Float(top)
          continue
        }
        let sum = source.reduce(0.0) { $0 + (Double($1) - top).exponential }
        y.pointer[row] = Float(top + sum.naturalLogarithm)
      }
    }
    return record(
      y, from: [self], cost: .others(2 * x.count, of: [self]),
      naive: { inputs in
        let sums = (0..<rows).map { row in
          (0..<width).reduce(-Double.infinity) { sum, column in
            let (low, high) = (min(sum, inputs[0][row, column]), max(sum, inputs[0][row, column]))
            return low == -.infinity ? high : high + (1 + (low - high).exponential).naturalLogarithm
          }
        }
        return NaiveTensor(sums, shape: y.shape)
      },
      backward: { dy in
        let dx = Tensor(uninitialized: x.shape)
        parallelFor(rows, blockSize: rowBlock) { block in
          for row in block {
            let total = Double(y.pointer[row])
            for i in row * width..<(row + 1) * width {
              let share = total == -.infinity ? 0 : (Double(x.pointer[i]) - total).exponential
              dx.pointer[i] = dy.pointer[row] * Float(share)
            }
          }
        }
        self.accumulate(dx)
      })
  }

  private func summed(to shape: [Int]) -> Variable {
    let original = self.shape
    if shape == original { return self }
    return record(
      value.summed(to: shape), from: [self],
      cost: .others(forward: value.count, backward: 0),
      naive: { inputs in
        var result = NaiveTensor(zeros: shape)
        for (place, target) in NaiveTensor.places(of: original, in: shape).enumerated() {
          result.values[target] += inputs[0].values[place]
        }
        return result
      },
      backward: { self.accumulate($0.expanded(to: original)) })
  }

  private func reducedShape(over axis: Axis) -> [Int] {
    require(!shape.isEmpty, "a scalar has neither rows nor columns")
    switch axis {
    case .rows: return shape.count == 1 ? shape : [1, value.columnCount]
    case .columns: return shape.dropLast() + [1]
    }
  }
}

extension Variable {
  /// Returns the sum over all ranks of the elements, which are partial sums over rows of a batch.
  ///
  /// - x, result: the same shape; summed in `Double`, in rank order.
  /// - Backward: dx = dy: whatever follows is computed alike on all ranks, and the gradients of
  ///   parameters below are summed over ranks afterward.
  package func summed(over ranks: RankGroup?) -> Variable {
    guard let ranks, ranks.count > 1 else { return self }
    let sums = ranks.sum(value.values.map(Double.init))
    let rest = zip(sums, value.values).map { $0 - Double($1) }
    return record(
      Tensor(sums.map(Float.init), shape: shape), from: [self], cost: OperationCost.none,
      naive: { NaiveTensor(zip($0[0].values, rest).map { $0 + $1 }, shape: $0[0].shape) },
      backward: { self.accumulate($0) })
  }
}

private func reciprocal(of count: Int) -> Float { count == 0 ? 0 : 1 / Float(count) }
