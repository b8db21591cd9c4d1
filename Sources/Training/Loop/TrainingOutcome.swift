/// How a call of ``TrainingSession/run(checkpoints:observer:shouldStop:)`` ended.
public enum TrainingResult: Sendable {
  /// Training is complete, and the model has the weights to be kept.
  case finished(TrainingOutcome)
  /// Training was asked to stop; it can go on from here, or from the checkpoint.
  case interrupted(step: Int)
}

/// What training came to.
public struct TrainingOutcome: Sendable {
  /// The validation metric that was watched.
  public let monitor: MetricName
  /// Its value for the weights that the model now has, the best unless the last are kept; nil where
  /// the last are kept and it is not defined, as without validation rows.
  public let bestValue: Double?
  /// The optimizer steps after which it was measured.
  public let bestStep: Int
  /// The same in epochs; not whole where it was measured within one.
  public let bestEpoch: Double
  /// All validation measures of the same weights.
  public let validation: MetricGrid
  /// The curve, from the first evaluation to the last.
  public let curve: [CurvePoint]
  /// The optimizer steps done.
  public let stepCount: Int
  /// The optimizer steps of one epoch.
  public let stepsPerEpoch: Int
  /// Whether training stopped for want of improvement, before its last epoch.
  public let stoppedEarly: Bool
  /// The wall time of training steps, waiting for their batches included, evaluation not.
  public let trainingSeconds: Double
  /// The processor time of the same, of all threads of the process.
  public let processorSeconds: Double
  /// The training rows seen, counted once per epoch.
  public let rowCount: Int
  /// The number of trained scalars.
  public let parameterCount: Int
  /// What the model has to say for the run record.
  public let notes: [String]

  /// The mean wall time of an epoch's training steps.
  public var secondsPerEpoch: Double {
    trainingSeconds * Double(stepsPerEpoch) / Double(max(1, stepCount))
  }

  /// The mean processor time of an epoch's training steps.
  public var processorSecondsPerEpoch: Double {
    processorSeconds * Double(stepsPerEpoch) / Double(max(1, stepCount))
  }

  /// The mean number of rows trained on per second.
  public var rowsPerSecond: Double { Double(rowCount) / max(trainingSeconds, 1e-9) }
}
