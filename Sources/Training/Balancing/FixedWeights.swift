import Configuration
import Ranking
import TensorCore

/// The plain sum: the weights of objectives are those that `lossReduction` and `taskWeights` give.
///
/// The trainer multiplies them in while batches are prepared, so that one backward pass over one fused
/// loss does the step.
final class FixedWeights: LossBalancer {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "fixed", title: "Fixed weights", paper: "the weighted sum of losses")

  static var isPlainSum: Bool { true }

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {}
}
