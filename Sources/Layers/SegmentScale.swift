import TensorCore

extension Variable {
  /// Returns the rows of every segment, scaled and shifted column by column.
  ///
  ///     y = f(scale_e ⊙ x + shift_e)
  ///
  /// - x, y: `[rows, columns]`, with contiguous segments, any of which may be empty; scales,
  ///   shifts: one per segment, `[columns]` each.
  public func scaled(
    segments: [Range<Int>], scales: [Variable], shifts: [Variable],
    activation: Activation = .identity
  ) -> Variable {
    let shape = [segments.count, self.shape[1]]
    return normalized(
      segments: segments, means: Tensor(zeros: shape),
      variances: Tensor(repeating: 1, shape: shape),
      scales: scales, shifts: shifts, epsilon: 0, activation: activation)
  }
}
