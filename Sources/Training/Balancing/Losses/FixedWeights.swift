import Configuration
import Ranking
import TensorCore

/// The plain sum, with the weights of objectives given by `lossReduction` and `taskWeights`.
///
/// The trainer applies the weights while it prepares batches, so a step takes one backward pass
/// over one fused loss.
final class FixedWeights: LossBalancer {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "fixed", title: "Fixed weights", group: "Weights of losses",
    paper: "the weighted sum of losses")

  static var isPlainSum: Bool { true }

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {}
}
