import TensorCore

/// Batch normalisation of each of several segments of rows, with scale, shift and running moments.
///
///     y = scale · (x - mean) / sqrt(variance + 1e-5) + shift
///
/// In training the moments are those of the segment's rows in the batch; running moments follow them
/// as `running += 0.1 · (batch - running)`, the variance without bias. In evaluation the running
/// moments are used. A segment without rows leaves its running moments as they are. Where scale and
/// shift are not parameters of the layer, use ``MovingMoments``.
///
/// Source: Ioffe and Szegedy, ICML 2015.
public final class BatchNorm {
  private let scales: [Parameter]
  private let shifts: [Parameter]
  private let moments: MovingMoments

  /// Creates one normalisation per scope.
  ///
  /// - Parameters:
  ///   - size: The number of columns.
  ///   - scopes: Where the parameters of each segment are created.
  public init(size: Int, scopes: [ParameterScope]) {
    scales = scopes.map {
      $0.parameter("scale", shape: [size], initializer: .ones, decays: false)
    }
    shifts = scopes.map {
      $0.parameter("shift", shape: [size], initializer: .zeros, decays: false)
    }
    moments = MovingMoments(size: size, scopes: scopes)
  }

  /// Returns the normalised rows, then an activation and in training dropout of them.
  ///
  /// - x: `[rows, size]`, segments lying end to end, one per scope.
  public func callAsFunction(
    _ x: Variable, segments: [Range<Int>], activation: Activation = .identity,
    dropout: Dropout? = nil, in context: ForwardContext
  ) -> Variable {
    moments(
      x, segments: segments, scales: scales.map { context($0) }, shifts: shifts.map { context($0) },
      activation: activation, dropout: dropout, in: context)
  }

  /// What each segment is normalised by in evaluation.
  var inferenceNormalizations: [InferenceLayer.Normalization] {
    scales.indices.map {
      let (mean, variance) = moments.moments(ofSegment: $0)
      return InferenceLayer.Normalization(
        mean: mean, variance: variance, epsilon: moments.epsilon, scale: scales[$0].value,
        shift: shifts[$0].value)
    }
  }
}
