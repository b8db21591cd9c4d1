import Configuration
import TensorCore

/// A head that takes the log-odds of every task from its own tower.
final class IndependentHead: PredictionHead {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "independent", title: "Independent", paper: "the log-odds of every tower as they are")

  init(_ hyperparameters: Hyperparameters, on towers: TowerLayout) {}

  func callAsFunction(_ towers: TowerOutputs, in context: ForwardContext) -> Predictions {
    Predictions(logits: concatenated((0..<towers.taskCount).map { towers.logits(of: $0) }))
  }
}
