import TensorCore

/// An event that a training session reports while it runs.
public enum TrainingEvent: Sendable {
  /// An optimizer step was done.
  case step(StepReport)
  /// The validation split was evaluated.
  case evaluated(CurvePoint, isBest: Bool)
  /// Two evaluations in a row, of which this follows the second, show something that may hurt the model,
  /// such as experts that are hardly used; a sentence, once per run.
  case warning(String)
  /// A checkpoint was written.
  case savedCheckpoint(step: Int)
}

/// One optimizer step.
public struct StepReport: Sendable {
  /// The number of steps done, this one included.
  public let step: Int
  /// The number of steps in training unless it stops early.
  public let plannedStepCount: Int
  /// The epoch of the step, from 0.
  public let epoch: Int
  /// The number of rows in its batch.
  public let rowCount: Int
  /// The learning rate of the step.
  public let learningRate: Double
  /// The terms of its loss.
  public let loss: LossTerms
  /// The training rows per second since the run (or its resumption) began.
  public let rowsPerSecond: Double
}

/// The loss of a batch, or the mean over several batches, with its terms.
public struct LossTerms: Sendable, Equatable {
  /// The total loss: the cross-entropy plus every weighted auxiliary term.
  public var total: Double
  /// The reduced cross-entropy; see ``LossReduction``.
  public var crossEntropy: Double
  /// The auxiliary terms, unweighted, by name in the model's order.
  public var auxiliary: [Auxiliary]
  /// `loss/<objective>` and `weight/<objective>` for every objective if a ``LossBalancer`` is used.
  public var balance: [Auxiliary] = []

  /// An auxiliary term.
  public struct Auxiliary: Sendable, Equatable {
    /// The name given by the model.
    public var name: String
    /// The unweighted value.
    public var value: Double
  }
}

/// The result of ``TrainingSession/run(checkpoints:observer:shouldStop:)``.
public enum TrainingResult: Sendable {
  /// Training is complete, and the model has the final weights.
  case finished(TrainingOutcome)
  /// Training was asked to stop; it can continue from here or from the checkpoint.
  case interrupted(step: Int)
}

/// The outcome of training.
public struct TrainingOutcome: Sendable {
  /// The validation metric that was monitored.
  public let monitor: MetricName
  /// Its value for the final weights, which are the best unless the last are kept; nil if the last
  /// are kept and the metric is undefined, for example without validation rows.
  public let bestValue: Double?
  /// The number of optimizer steps after which it was measured.
  public let bestStep: Int
  /// The number of epochs after which it was measured; fractional if this was within an epoch.
  public let bestEpoch: Double
  /// All validation measures for these weights.
  public let validation: MetricGrid
  /// The curve, from the first evaluation to the last.
  public let curve: [CurvePoint]
  /// The number of optimizer steps done.
  public let stepCount: Int
  /// The number of optimizer steps in one epoch.
  public let stepsPerEpoch: Int
  /// Whether training stopped before its last epoch for lack of improvement.
  public let stoppedEarly: Bool
  /// The wall time of training steps, including waiting for batches but not evaluation.
  public let trainingSeconds: Double
  /// The processor time of training steps, for all threads of the process.
  public let processorSeconds: Double
  /// The floating-point operations of all steps, forward and backward with the loss; nil if not all
  /// of them were counted.
  public let operations: OperationCount?
  /// The number of training rows seen, counted once per epoch.
  public let rowCount: Int
  /// The number of trained scalars.
  public let parameterCount: Int
  /// The model's notes for the run record.
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
