import CKernels

extension Variable {
  /// Returns the weighted sum of sigmoid cross-entropies of log-odds.
  ///
  ///     loss = Σ weights · (max(z, 0) - z·y + log(1 + exp(-|z|)))
  ///
  /// - logits z (self), labels y in [0, 1], weights: one shape; result: scalar, accumulated in
  ///   `Double`. Elements of weight zero are not looked at, so their labels may be anything.
  /// - Backward: dz = weights · (sigmoid(z) - y) · dloss.
  public func sigmoidCrossEntropy(labels: Tensor, weights: Tensor) -> Variable {
    precondition(labels.shape == shape && weights.shape == shape, "\(labels.shape) for \(shape)")
    let z = value
    let loss = ck_sigmoid_cross_entropy(z.pointer, labels.pointer, weights.pointer, z.count)
    return record(
      Tensor(scalar: Float(loss)), from: [self],
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
}
