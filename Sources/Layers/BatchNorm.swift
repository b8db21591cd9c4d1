import TensorCore

/// Batch normalisation of each of several segments of rows, with scale, shift and running moments.
///
///     y = scale · (x - mean) / sqrt(variance + 1e-5) + shift
///
/// In training the moments are those of the segment's rows in the batch; running moments follow them
/// as `running += 0.1 · (batch - running)`, the variance without bias. In evaluation the running
/// moments are used. A segment without rows leaves its running moments as they are.
///
/// Source: Ioffe and Szegedy, ICML 2015.
public final class BatchNorm {
  private static let epsilon: Float = 1e-5
  private static let momentum: Float = 0.1

  private let scales: [Parameter]
  private let shifts: [Parameter]
  private let means: [StateBuffer]
  private let variances: [StateBuffer]

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
    means = scopes.map { $0.buffer("runningMean", shape: [size], repeating: 0) }
    variances = scopes.map { $0.buffer("runningVariance", shape: [size], repeating: 1) }
  }

  /// Returns the normalised rows, then an activation and in training dropout of them.
  ///
  /// - x: `[rows, size]`, segments lying end to end, one per scope.
  public func callAsFunction(
    _ x: Variable, segments: [Range<Int>], activation: Activation = .identity,
    dropout: Dropout? = nil, in context: ForwardContext
  ) -> Variable {
    let scale = scales.map { context($0) }
    let shift = shifts.map { context($0) }
    guard context.isTraining else {
      return x.normalized(
        segments: segments, means: stacked(means), variances: stacked(variances), scales: scale,
        shifts: shift, epsilon: Self.epsilon, activation: activation)
    }
    let (output, batchMeans, batchVariances) = x.batchNormalized(
      segments: segments, scales: scale, shifts: shift, epsilon: Self.epsilon,
      activation: activation, dropout: dropout)
    for (segment, rows) in segments.enumerated() where !rows.isEmpty {
      let unbiased = rows.count > 1 ? Float(rows.count) / Float(rows.count - 1) : 1
      follow(means[segment], batchMeans, segment, factor: 1)
      follow(variances[segment], batchVariances, segment, factor: unbiased)
    }
    return output
  }

  /// What each segment is normalised by in evaluation.
  var inferenceNormalizations: [InferenceLayer.Normalization] {
    scales.indices.map {
      InferenceLayer.Normalization(
        mean: means[$0].value, variance: variances[$0].value, epsilon: Self.epsilon,
        scale: scales[$0].value, shift: shifts[$0].value)
    }
  }

  private func follow(_ buffer: StateBuffer, _ batch: Tensor, _ segment: Int, factor: Float) {
    let size = buffer.value.count
    batch.withUnsafeBufferPointer { batch in
      buffer.value.withUnsafeMutableBufferPointer { running in
        for i in 0..<size {
          running[i] += Self.momentum * (factor * batch[segment * size + i] - running[i])
        }
      }
    }
  }

  private func stacked(_ buffers: [StateBuffer]) -> Tensor {
    Tensor(buffers.flatMap(\.value.values), shape: [buffers.count, buffers[0].value.count])
  }
}
