import TensorCore

/// Batch normalization of segments of rows, each with its own scale, shift and running moments.
///
///     y = scale · (x - mean) / sqrt(variance + 1e-5) + shift
///
/// In training, the moments are those of the segment's rows in the batch, and the running moments
/// are updated by `running += 0.1 · (batch - running)`, with the unbiased variance. In evaluation,
/// the running moments are used. The running moments of a segment without rows do not change. If
/// scale and shift are not parameters of the layer, use ``MovingMoments``.
///
/// Source: Ioffe and Szegedy, ICML 2015.
public final class BatchNorm {
  private let scales: [Parameter]
  private let shifts: [Parameter]
  private let moments: MovingMoments

  /// Creates one normalization per scope.
  ///
  /// - Parameters:
  ///   - size: The number of columns.
  ///   - scopes: The scopes in which the parameters of each segment are created.
  public init(size: Int, scopes: [ParameterScope]) {
    scales = scopes.map {
      $0.parameter("scale", shape: [size], initializer: .ones, decays: false)
    }
    shifts = scopes.map {
      $0.parameter("shift", shape: [size], initializer: .zeros, decays: false)
    }
    moments = MovingMoments(size: size, scopes: scopes)
  }

  /// Returns the normalized rows, after an activation and, in training, dropout.
  ///
  /// - x: `[rows, size]`, with contiguous segments, one per scope.
  public func callAsFunction(
    _ x: Variable, segments: [Range<Int>], activation: Activation = .identity,
    dropout: Dropout? = nil, in context: ForwardContext
  ) -> Variable {
    moments(
      x, segments: segments, scales: scales.map { context($0) }, shifts: shifts.map { context($0) },
      activation: activation, dropout: dropout, in: context)
  }

  /// The normalization of each segment in evaluation.
  var inferenceNormalizations: [InferenceLayer.Normalization] {
    scales.indices.map {
      let (mean, variance) = moments.moments(ofSegment: $0)
      return InferenceLayer.Normalization(
        mean: mean, variance: variance, epsilon: moments.epsilon, scale: scales[$0].value,
        shift: shifts[$0].value)
    }
  }
}

/// Batch normalization whose scale and shift come from outside the layer.
///
///     y = scale · (x - mean) / sqrt(variance + epsilon) + shift
///
/// In training, the moments are those of the segment's rows in the batch, and the moving moments
/// are updated by `moving += momentum · (batch - moving)`, with the unbiased variance. In
/// evaluation, the moving moments are used. The moving moments of a segment without rows do not
/// change; a segment with a single row returns its shift.
///
/// Scales and shifts can be any variables, for example products of a shared and a private
/// parameter, as in STAR's partitioned normalization (Sheng et al., CIKM 2021, section 4.2):
///
///     moments(x, segments: segments, scales: own.map { shared * $0 }, shifts: ownShifts.map { sharedShift + $0 })
///
/// Segments can be any grouping of the rows: leaf scenarios, the nodes of any level of the scenario
/// tree, or a single segment with all rows.
///
/// Source: Ioffe and Szegedy, ICML 2015.
public final class MovingMoments {
  /// The term added to variances.
  public let epsilon: Float

  private let momentum: Float
  private let means: [StateBuffer]
  private let variances: [StateBuffer]

  /// Creates the moments, with one segment per scope.
  ///
  /// - Parameters:
  ///   - size: The number of columns.
  ///   - epsilon: The term added to variances, 1e-5 as in PyTorch.
  ///   - momentum: The weight of the batch in each update of the moving moments, 0.1 as in PyTorch
  ///     (Keras and TensorFlow use the complement: their 0.99 is 0.01 here).
  ///   - scopes: The scopes in which each segment's moments are created, as `runningMean` and
  ///     `runningVariance`.
  public init(
    size: Int, epsilon: Float = 1e-5, momentum: Float = 0.1, scopes: [ParameterScope]
  ) {
    self.epsilon = epsilon
    self.momentum = momentum
    means = scopes.map { $0.buffer("runningMean", shape: [size], repeating: 0) }
    variances = scopes.map { $0.buffer("runningVariance", shape: [size], repeating: 1) }
  }

  /// Returns the normalized rows, after an activation and, in training, dropout.
  ///
  /// - x: `[rows, size]`, with contiguous segments; scales, shifts: one per segment, `[size]` each.
  public func callAsFunction(
    _ x: Variable, segments: [Range<Int>], scales: [Variable], shifts: [Variable],
    activation: Activation = .identity, dropout: Dropout? = nil, in context: ForwardContext
  ) -> Variable {
    for (name, variables) in [("scales", scales), ("shifts", shifts)] {
      require(
        segments.count == means.count && variables.count == means.count
          && variables.allSatisfy { $0.value.count == x.shape[1] },
        "\(name) \(variables.map(\.shape)) for \(segments.count) segments of \(x.shape): "
          + "\(means.count) of [\(x.shape[1])] are wanted")
    }
    guard context.isTraining else {
      return x.normalized(
        segments: segments, means: stacked(means), variances: stacked(variances), scales: scales,
        shifts: shifts, epsilon: epsilon, activation: activation)
    }
    let (output, batchMeans, batchVariances, rowCounts) = x.batchNormalized(
      segments: segments, scales: scales, shifts: shifts, epsilon: epsilon,
      activation: activation, dropout: dropout, ranks: context.ranks)
    guard context.updatesBuffers else { return output }
    for (segment, rowCount) in rowCounts.enumerated() where rowCount > 0 {
      let unbiased = rowCount > 1 ? Float(rowCount) / Float(rowCount - 1) : 1
      follow(means[segment], batchMeans, segment, factor: 1)
      follow(variances[segment], batchVariances, segment, factor: unbiased)
    }
    return output
  }

  /// The moving moments of a segment.
  func moments(ofSegment segment: Int) -> (mean: Tensor, variance: Tensor) {
    (means[segment].value, variances[segment].value)
  }

  private func follow(_ buffer: StateBuffer, _ batch: Tensor, _ segment: Int, factor: Float) {
    let size = buffer.value.count
    batch.withUnsafeBufferPointer { batch in
      buffer.value.withUnsafeMutableBufferPointer { running in
        for i in 0..<size {
          running[i] += momentum * (factor * batch[segment * size + i] - running[i])
        }
      }
    }
  }

  private func stacked(_ buffers: [StateBuffer]) -> Tensor {
    Tensor(buffers.flatMap(\.value.values), shape: [buffers.count, buffers[0].value.count])
  }
}
