import CNumerics

extension Variable {
  /// Returns the weighted sum of sigmoid cross-entropies of log-odds.
  ///
  ///     loss = Σ weights · (max(z, 0) - z·y + log(1 + exp(-|z|)))
  ///
  /// - logits z (self), labels y in [0, 1], weights: the same shape; result: scalar, accumulated in
  ///   `Double`. Elements with weight zero are skipped, so their labels can be anything.
  /// - Backward: dz = weights · (sigmoid(z) - y) · dloss.
  public func sigmoidCrossEntropy(labels: Tensor, weights: Tensor) -> Variable {
    require(
      labels.shape == shape && weights.shape == shape,
      "log-odds \(shape) with labels \(labels.shape) and weights \(weights.shape)")
    let z = value
    let loss = ck_sigmoid_cross_entropy(z.pointer, labels.pointer, weights.pointer, z.count)
    return record(
      Tensor(scalar: Float(loss)), from: [self], cost: .others(9 * z.count, of: [self]),
      naive: { inputs in
        var sum = 0.0
        let (y, w) = (NaiveTensor(labels).values, NaiveTensor(weights).values)
        for (i, z) in inputs[0].values.enumerated() where w[i] != 0 {
          sum += w[i] * (max(z, 0) - z * y[i] + (1 + (-abs(z)).exponential).naturalLogarithm)
        }
        return NaiveTensor([sum], shape: [])
      },
      backward: { dy in
        let dz = Tensor(uninitialized: z.shape)
        ck_sigmoid_cross_entropy_backward(
          z.pointer, labels.pointer, weights.pointer, dy.scalar, dz.pointer, z.count)
        self.accumulate(dz)
      })
  }

  /// Returns the weighted sums of sigmoid cross-entropies of log-odds, one per objective.
  ///
  ///     loss_o = Σ_{e: objectives_e = o} weights_e · (max(z_e, 0) - z_e·y_e + log(1 + exp(-|z_e|)))
  ///
  /// - logits z (self), labels y in [0, 1], weights: the same shape; objectives: for every element,
  ///   a number in `0..<objectiveCount`; result: `[objectiveCount]`, accumulated in `Double`.
  ///   Elements with weight zero are skipped.
  /// - Backward: dz_e = weights_e · dloss_{objectives_e} · (sigmoid(z_e) - y_e).
  public func sigmoidCrossEntropies(
    labels: Tensor, weights: Tensor, objectives: [Int32], objectiveCount: Int
  ) -> Variable {
    require(
      labels.shape == shape && weights.shape == shape,
      "log-odds \(shape) with labels \(labels.shape) and weights \(weights.shape)")
    require(
      objectives.count == value.count
        && objectives.allSatisfy { $0 >= 0 && $0 < objectiveCount },
      "\(objectives.count) objectives, of \(objectiveCount), for log-odds \(shape)")
    let z = value
    var sums = [Double](repeating: 0, count: objectiveCount)
    for (element, objective) in objectives.enumerated() {
      sums[Int(objective)] += ck_sigmoid_cross_entropy(
        z.pointer + element, labels.pointer + element, weights.pointer + element, 1)
    }
    return record(
      Tensor(sums.map(Float.init), shape: [objectiveCount]), from: [self],
      cost: .others(9 * z.count, of: [self]),
      naive: { inputs in
        var sums = [Double](repeating: 0, count: objectiveCount)
        let (y, w) = (NaiveTensor(labels).values, NaiveTensor(weights).values)
        for (i, z) in inputs[0].values.enumerated() where w[i] != 0 {
          sums[Int(objectives[i])] +=
            w[i] * (max(z, 0) - z * y[i] + (1 + (-abs(z)).exponential).naturalLogarithm)
        }
        return NaiveTensor(sums, shape: [objectiveCount])
      },
      backward: { dy in
        let (dz, factors) = (Tensor(uninitialized: z.shape), Tensor(uninitialized: z.shape))
        for (element, objective) in objectives.enumerated() {
          factors.pointer[element] = weights.pointer[element] * dy.pointer[Int(objective)]
        }
        ck_sigmoid_cross_entropy_backward(
          z.pointer, labels.pointer, factors.pointer, 1, dz.pointer, z.count)
        self.accumulate(dz)
      })
  }
}
