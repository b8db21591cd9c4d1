import CNumerics

extension Variable {
  /// Returns weighted sums of rows, such as the mixture of expert outputs.
  ///
  ///     y[row] = Σ_k weights[row, k] · x[positions[row, k]]
  ///
  /// - x: `[positionCount, columns]` (self), weights: `[rows, choices]`, positions: `rows · choices`
  ///   numbers below `positionCount`; result: `[rows, columns]`.
  /// - Backward: dx[position] = weight · dy[row], zero for positions that no row uses;
  ///   dweights[row, k] = dy[row] · x[position], zero for negative positions.
  /// - Precondition: no position is used twice.
  public func mixed(by weights: Variable, positions: [Int32]) -> Variable {
    require(
      shape.count == 2 && weights.shape.count == 2 && positions.count == weights.value.count,
      "a mixture of \(described) by weights \(weights.shape) with \(positions.count) positions: "
        + "[positions, columns], [rows, choices] and rows · choices are wanted")
    let x = value
    let w = weights.value
    let (rows, choices, width) = (w.shape[0], w.shape[1], x.shape[1])
    let y = Tensor(uninitialized: [rows, width])
    positions.withUnsafeBufferPointer { positions in
      parallelFor(rows, blockSize: rowBlock) { block in
        let start = block.lowerBound * choices
        ck_mix(
          x.pointer, w.pointer + start, positions.baseAddress.map { $0 + start },
          y.pointer + block.lowerBound * width, block.count, choices, width)
      }
    }
    return record(
      y, from: [self, weights],
      cost: .others(
        2 * width * positions.count(where: { $0 >= 0 }), of: [self, weights]),
      naive: { inputs in
        var result = NaiveTensor(zeros: [rows, width])
        for row in 0..<rows {
          for k in 0..<choices where positions[row * choices + k] >= 0 {
            for column in 0..<width {
              result[row, column] +=
                inputs[1][row, k] * inputs[0][Int(positions[row * choices + k]), column]
            }
          }
        }
        return result
      },
      backward: { dy in
        let isFull = positions.lazy.filter { $0 >= 0 }.count == x.shape[0]
        let dx =
          self.needsGradient
          ? isFull ? Tensor(uninitialized: x.shape) : Tensor(zeros: x.shape) : nil
        let dw = weights.needsGradient ? Tensor(uninitialized: w.shape) : nil
        positions.withUnsafeBufferPointer { positions in
          parallelFor(rows, blockSize: rowBlock) { block in
            let start = block.lowerBound * choices
            ck_mix_backward(
              dy.pointer + block.lowerBound * width, x.pointer, w.pointer + start,
              positions.baseAddress.map { $0 + start }, dx?.pointer, dw.map { $0.pointer + start },
              block.count, choices, width)
          }
        }
        if let dx { self.accumulate(dx) }
        if let dw { weights.accumulate(dw) }
      })
  }
}
