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
