extension Variable {
  /// Returns the sum of the inner products of all pairs of the vectors that make up a row.
  ///
  ///     y = Σ_{i<j} ⟨v_i, v_j⟩ = 1/2 Σ_f ((Σ_i v_if)² - Σ_i v_if²)
  ///
  /// It costs O(vectorCount · size) per row, not the square of the number of vectors.
  ///
  /// - x: `[rows, vectorCount · size]`, the vectors v_1 … v_m of a row one after another; result:
  ///   `[rows, 1]`. Summed in `Double`, in order.
  /// - Backward: dv_i = dy · (Σ_j v_j - v_i).
  /// - Edge cases: with one vector or none, y is 0.
  /// - Source: Rendle, *Factorization machines*, ICDM 2010, lemma 3.1.
  public func pairwiseProducts(vectorCount: Int) -> Variable {
    require(
      shape.count == 2 && vectorCount >= 0
        && (vectorCount == 0 ? shape[1] == 0 : shape[1].isMultiple(of: vectorCount)),
      "\(vectorCount) vectors in each row of \(described): [rows, vectors · size] is wanted")
    let x = value
    let (rows, width) = (shape[0], shape[1])
    let size = vectorCount == 0 ? 0 : width / vectorCount
    let y = Tensor(uninitialized: [rows, 1])
    let sums = Tensor(zeros: [rows, size])
    parallelFor(rows, blockSize: rowBlock) { block in
      for row in block {
        var total = 0.0
        for f in 0..<size {
          var (sum, squares) = (0.0, 0.0)
          for place in stride(from: row * width + f, to: (row + 1) * width, by: size) {
            let element = Double(x.pointer[place])
            sum += element
            squares += element * element
          }
          sums.pointer[row * size + f] = Float(sum)
          total += sum * sum - squares
        }
        y.pointer[row] = Float(total / 2)
      }
    }
    return record(
      y, from: [self],
      cost: .others(forward: 3 * x.count + 3 * sums.count, backward: 2 * x.count),
      naive: { inputs in
        var result = NaiveTensor(zeros: [rows, 1])
        for row in 0..<rows {
          for i in 0..<vectorCount {
            for j in 0..<i {
              for f in 0..<size {
                result[row, 0] += inputs[0][row, i * size + f] * inputs[0][row, j * size + f]
              }
            }
          }
        }
        return result
      },
      backward: { dy in
        let dx = Tensor(uninitialized: x.shape)
        parallelFor(rows, blockSize: rowBlock) { block in
          for row in block {
            let (slope, sum) = (dy.pointer[row], sums.pointer + row * size)
            for place in 0..<width {
              let i = row * width + place
              dx.pointer[i] = slope * (sum[place % size] - x.pointer[i])
            }
          }
        }
        self.accumulate(dx)
      })
  }
}
