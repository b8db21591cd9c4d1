import TensorCore

/// Layer normalization: every row is normalized by its own moments, in training and evaluation
/// alike.
///
///     y = scale · (x - mean) / sqrt(variance + epsilon) + shift
///
/// Source: Ba, Kiros and Hinton, arXiv 1607.06450 (2016).
public final class LayerNorm {
  private let scale: Parameter
  private let shift: Parameter
  private let epsilon: Float

  /// Creates the normalization.
  ///
  /// - Parameters:
  ///   - size: The number of columns.
  ///   - epsilon: The term added to variances, 1e-5 as in PyTorch.
  ///   - scope: The scope in which `scale` and `shift` are created.
  public init(size: Int, epsilon: Float = 1e-5, scope: ParameterScope) {
    scale = scope.parameter("scale", shape: [size], initializer: .ones, decays: false)
    shift = scope.parameter("shift", shape: [size], initializer: .zeros, decays: false)
    self.epsilon = epsilon
  }

  /// Returns the normalized rows.
  ///
  /// - x, result: `[rows, size]`, or more dimensions before the last.
  public func callAsFunction(_ x: Variable, in context: ForwardContext) -> Variable {
    x.rowNormalized(epsilon: epsilon) * context(scale) + context(shift)
  }
}

/// Layer normalization of segments of rows, each with its own scale and shift.
///
///     y = f(scale_e ⊙ (x - mean) / sqrt(variance + 1e-5) + shift_e)
///
/// with the mean and the variance of each row; see ``LayerNorm``.
///
/// Source: Ba, Kiros and Hinton, arXiv 1607.06450 (2016).
public final class LayerNormBank {
  private let scales: [Parameter]
  private let shifts: [Parameter]

  /// Creates one normalization per scope, in which `scale` and `shift` are created.
  public init(size: Int, scopes: [ParameterScope]) {
    scales = scopes.map { $0.parameter("scale", shape: [size], initializer: .ones, decays: false) }
    shifts = scopes.map { $0.parameter("shift", shape: [size], initializer: .zeros, decays: false) }
  }

  /// Returns the normalized rows, after an activation.
  ///
  /// - x, result: `[rows, size]`, with contiguous segments, one per scope.
  public func callAsFunction(
    _ x: Variable, segments: [Range<Int>], activation: Activation = .identity,
    in context: ForwardContext
  ) -> Variable {
    x.rowNormalized(epsilon: 1e-5).scaled(
      segments: segments, scales: scales.map { context($0) }, shifts: shifts.map { context($0) },
      activation: activation)
  }
}

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
