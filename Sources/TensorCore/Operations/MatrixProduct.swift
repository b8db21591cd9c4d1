extension Variable {
  /// Returns the matrix product, of one pair of matrices or of many.
  ///
  ///     y[.., i, j] = Σ_p a[.., i, p] · b[.., p, j]
  ///
  /// - a (self), b, result y:
  ///   - `[m, k]`, `[k, n]`, `[m, n]`: ``affine(weight:bias:activation:dropout:)`` without bias;
  ///   - `[batch, m, k]`, `[k, n]`, `[batch, m, n]`: one matrix for all;
  ///   - `[batch, m, k]`, `[batch, k, n]`, `[batch, m, n]`: a matrix for each, as in attention or where a
  ///     network generates weights for every row. Always in 32 bits, whatever the precision of affine maps.
  /// - Backward: da = dy bᵀ, db = aᵀ dy, summed over the batch where b is one matrix.
  /// - Edge cases: no row of y depends on other rows of a, to the last bit. With k = 0, y is zero.
  public func matmul(_ other: Variable) -> Variable {
    let (a, b) = (shape, other.shape)
    require(
      (a.count == 2 || a.count == 3) && (b.count == 2 || b.count == a.count)
        && a.last == b[b.count - 2] && (b.count == 2 || a[0] == b[0]),
      "no matrix product of \(described) and \(other.described): [m, k] and [k, n], or [batch, m, k] and [k, n] or "
        + "[batch, k, n]")
    switch (a.count, b.count) {
    case (2, _): return affine(weight: other)
    case (_, 2):
      return reshaped(to: [a[0] * a[1], a[2]]).affine(weight: other)
        .reshaped(to: [a[0], a[1], b[1]])
    default: return BatchedProduct(a: self, b: other).recorded()
    }
  }

  /// Returns an affine map of every row whose weights are the row's own: those that a network generated.
  ///
  ///     y[row] = x[row] · W[row] + b[row]
  ///
  /// - x: `[rows, inputSize]`, W: `[rows, inputSize, outputSize]`, b: `[rows, outputSize]`;
  ///   result: `[rows, outputSize]`.
  /// - Backward: dx = dy Wᵀ, dW = xᵀ dy, db = dy, row by row.
  public func affineByRow(weights: Variable, biases: Variable? = nil) -> Variable {
    require(
      shape.count == 2 && weights.shape.count == 3
        && shape[0] == weights.shape[0] && shape[1] == weights.shape[1],
      "rows \(described) with weights \(weights.described): [rows, inputs] and [rows, inputs, outputs] "
        + "are wanted")
    let y = reshaped(to: [shape[0], 1, shape[1]]).matmul(weights)
      .reshaped(to: [shape[0], weights.shape[2]])
    guard let biases else { return y }
    require(biases.shape == y.shape, "biases \(biases.described) for results \(y.shape)")
    return y + biases
  }

  /// Returns the matrix, or every matrix of a batch, with rows and columns exchanged.
  ///
  /// - x: `[m, n]` or `[batch, m, n]`; result: `[n, m]` or `[batch, n, m]`. Backward: dx = dyᵀ.
  public func transposed() -> Variable {
    require(shape.count == 2 || shape.count == 3, "\(described) is neither a matrix nor a batch")
    let y = value.transposed()
    return record(
      y, from: [self],
      naive: { inputs in
        var result = NaiveTensor(zeros: y.shape)
        let (m, n) = (y.shape[y.shape.count - 1], y.shape[y.shape.count - 2])
        for (place, value) in inputs[0].values.enumerated() {
          let (row, column) = (place / n % m, place % n)
          result.values[place / (m * n) * (m * n) + column * m + row] = value
        }
        return result
      },
      backward: { self.accumulate($0.transposed()) })
  }
}

/// A matrix product for every item of a batch.
private struct BatchedProduct {
  let a: Variable
  let b: Variable

  private var batch: Int { a.shape[0] }
  private var m: Int { a.shape[1] }
  private var k: Int { a.shape[2] }
  private var n: Int { b.shape[2] }

  func recorded() -> Variable {
    let (m, n, k) = (self.m, self.n, self.k)
    let y = k == 0 ? Tensor(zeros: [batch, m, n]) : Tensor(uninitialized: [batch, m, n])
    let left = MatrixOperand(a.value.asMatrix, precision: .fp32)
    let right = MatrixOperand(b.value.asMatrix, precision: .fp32)
    if k > 0 {
      parallelFor(batch, blockSize: itemsPerBlock) { block in
        for item in block {
          rowProduct(
            left.from(row: item * m), right.from(row: item * k), y.pointer + item * m * n, n,
            m: m, n: n, k: k)
        }
      }
    }
    return record(y, from: [a, b], naive: naive, backward: backward)
  }

  private func backward(_ dy: Tensor) {
    let (m, n, k) = (self.m, self.n, self.k)
    let (left, right) = (a.value, b.value)
    let da = a.needsGradient ? Tensor(zeros: a.shape) : nil
    let db = b.needsGradient ? Tensor(zeros: b.shape) : nil
    guard m > 0, n > 0, k > 0 else {
      if let da { a.accumulate(da) }
      if let db { b.accumulate(db) }
      return
    }
    parallelFor(batch, blockSize: itemsPerBlock) { block in
      for item in block {
        let slope = dy.pointer + item * m * n
        if let da {
          gemm(
            slope, n, right.pointer + item * k * n, n, transposeB: true,
            da.pointer + item * m * k, k, m: m, n: k, k: n)
        }
        if let db {
          gemm(
            left.pointer + item * m * k, k, transposeA: true, slope, n,
            db.pointer + item * k * n, n, m: k, n: n, k: m)
        }
      }
    }
    if let da { a.accumulate(da) }
    if let db { b.accumulate(db) }
  }

  private func naive(_ inputs: [NaiveTensor]) -> NaiveTensor {
    var result = NaiveTensor(zeros: [batch, m, n])
    for item in 0..<batch {
      for i in 0..<m {
        for j in 0..<n {
          for p in 0..<k {
            result[item * m + i, j] += inputs[0][item * m + i, p] * inputs[1][item * k + p, j]
          }
        }
      }
    }
    return result
  }
}

/// The number of small products per block of work.
private let itemsPerBlock = 64

extension Tensor {
  /// The same elements as one matrix, all rows below each other.
  fileprivate var asMatrix: Tensor { reshaped(to: [rowCount, columnCount]) }

  /// Returns a matrix, or the matrices of a batch, with rows and columns exchanged.
  fileprivate func transposed() -> Tensor {
    let (m, n) = (shape[shape.count - 2], columnCount)
    let result = Tensor(uninitialized: shape.dropLast(2) + [n, m])
    parallelFor(result.rowCount, blockSize: rowBlock) { block in
      for row in block {
        let (item, column) = row.quotientAndRemainder(dividingBy: n)
        let source = pointer + item * m * n + column
        for i in 0..<m { result.pointer[row * m + i] = source[i * n] }
      }
    }
    return result
  }
}
