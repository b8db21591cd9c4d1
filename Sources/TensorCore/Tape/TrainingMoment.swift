/// When in a run a forward pass takes place: what a model's schedules, such as temperatures, go by.
///
/// Evaluations see the moment that the weights are of, so that a schedule has one value in training and
/// in the validation that follows.
public struct TrainingMoment: Sendable, Equatable {
  /// The optimizer steps done, those of all phases together.
  public var step: Int

  /// The optimizer steps of one pass over all training rows.
  public var stepsPerEpoch: Int

  /// The name of the present phase; empty where training has one phase only.
  public var phase: String

  /// The optimizer steps done in phases of this name.
  public var phaseStep: Int

  /// The passes over the training rows that the steps done amount to.
  public var epoch: Double { Double(step) / Double(stepsPerEpoch) }

  /// Creates a moment; that of a model with fresh weights unless said otherwise.
  public init(step: Int = 0, stepsPerEpoch: Int = 1, phase: String = "", phaseStep: Int? = nil) {
    self.step = step
    self.stepsPerEpoch = stepsPerEpoch
    self.phase = phase
    self.phaseStep = phaseStep ?? step
  }
}
