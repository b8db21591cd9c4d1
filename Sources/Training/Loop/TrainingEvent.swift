/// Something that a training session reports while it runs.
public enum TrainingEvent: Sendable {
  /// An optimizer step is done.
  case step(StepReport)
  /// The validation split was evaluated.
  case evaluated(CurvePoint, isBest: Bool)
  /// A checkpoint was written.
  case savedCheckpoint(step: Int)
}

/// One optimizer step.
public struct StepReport: Sendable {
  /// The number of steps done, this one included.
  public let step: Int
  /// The number of steps that training takes unless it stops early.
  public let plannedStepCount: Int
  /// The epoch of the step, from 0.
  public let epoch: Int
  /// The rows in its batch.
  public let rowCount: Int
  /// The learning rate it was done with.
  public let learningRate: Double
  /// The terms of its loss.
  public let loss: LossTerms
  /// The training rows per second since the run (or its resumption) began.
  public let rowsPerSecond: Double
}

/// The loss of a batch, or the mean over several, and what it is made of.
public struct LossTerms: Sendable, Equatable {
  /// The whole loss: the cross-entropy plus every weighted auxiliary term.
  public var total: Double
  /// The reduced cross-entropy; see ``LossReduction``.
  public var crossEntropy: Double
  /// The auxiliary terms, unweighted, by name in the model's order.
  public var auxiliary: [Auxiliary]
  /// `loss/<objective>` and `weight/<objective>` of every objective where a ``LossBalancer`` is at work.
  public var balance: [Auxiliary] = []

  /// An auxiliary term.
  public struct Auxiliary: Sendable, Equatable {
    /// The name that the model gives it.
    public var name: String
    /// The unweighted value.
    public var value: Double
  }
}

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
