import Configuration
import TensorCore

/// Probabilities along chains of tasks: the entire-space multi-task model.
///
///     p_t = p_f · σ(tower_t),   p_t = σ(tower_t) where t follows no task
///
/// - f: the task that t follows. The tower of t gives the conditional probability of t given that f
///   is 1; the loss and the metrics see only p_t, on all rows.
///
/// A chain may have any length. Products are computed in log-odds (``productLogit(_:_:)``), so
/// p_t ≤ p_f holds and no probability is rounded to 0 or 1.
///
/// Source: Ma et al., Entire space multi-task model, SIGIR 2018, equations 1 and 3.
final class ESMM: PredictionHead {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "esmm", title: "ESMM",
    paper: "Ma et al., Entire space multi-task model: an effective approach for estimating "
      + "post-click conversion rate, SIGIR 2018",
    deviations: [
      "The head works with any model; the paper's model shares embeddings alone.",
      "Chains of more than two tasks multiply all their factors.",
    ])

  private let chains: TaskChains

  init(_ hyperparameters: Hyperparameters, on towers: TowerLayout) throws {
    try towers.requireChains(for: Self.card.id)
    chains = towers.chains
  }

  func callAsFunction(_ towers: TowerOutputs, in context: ForwardContext) -> Predictions {
    let own = (0..<towers.taskCount).map { towers.logits(of: $0) }
    var logits = own
    for task in chains.order {
      if let followed = chains.followed[task] {
        logits[task] = productLogit(logits[followed], own[task])
      }
    }
    return Predictions(logits: concatenated(logits))
  }
}
