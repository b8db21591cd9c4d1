import Configuration
import TensorCore

/// The direct entire-space causal multi-task framework.
///
/// Predictions are those of ``ESMM``. In addition, the factor σ(z_t) of a task t that follows f has a
/// counterfactual twin σ(z*_t), the probability that t would not have happened, which learns where f
/// did not happen:
///
///     p_t = p_f · σ(z_t),   z*_t = q_t u + b
///     w_i = 1 / max(sg(p_if), minimumPropensity),   w*_i = 1 / max(1 - sg(p_if), minimumPropensity)
///     loss += counterfactualWeight · Σ_i c_it (o_i w_i l_i + (1 - o_i) w*_i l*_i
///             + constraintWeight · |1 - σ(z_it) - σ(z*_it)|)
///
/// - o_i, y_i: the labels of f and t in row i; l_i: the cross-entropy of σ(z_it) and y_i; l*_i: that
///   of σ(z*_it) and 1 - y_i; q_t: the input of the last layer of the tower of t; u, b: parameters;
///   sg: no gradient; c_it: the factor that the loss gives the cross-entropy of p_t in row i (see
///   ``Predictions/ConditionalLoss``).
///
/// Source: Zhu et al., DCMT: a direct entire-space causal multi-task framework for post-click
/// conversion estimation, ICDE 2023.
final class DCMT: PredictionHead {
  struct Hyperparameters: HyperparameterSet {
    @Setting("Factor of the counterfactual loss of followers.", in: 0...1e3)
    var counterfactualWeight = 0.1
    @Setting(
      "Lower bound of propensities: no row weighs more than its inverse.",
      in: 1e-4...1)
    var minimumPropensity = 0.01
    @Setting(
      "Factor of the distance of a factor and its counterfactual from a sum of one.", in: 0...1e3)
    var constraintWeight = 0.001
  }

  static let card = MethodCard(
    id: "dcmt", title: "DCMT",
    paper:
      "Zhu et al., DCMT: a direct entire-space causal multi-task framework for post-click conversion "
      + "estimation, ICDE 2023",
    deviations: [
      "The head works with any model; the paper's model shares embeddings alone.",
      "The counterfactual factor is one layer on the last hidden layer of the follower's tower; the paper's is a tower of its own.",
      "Inverse propensities are bounded by a setting and not normalized within a batch.",
      "The weights of the losses of clicks and of clicks with purchases are those of the tasks.",
    ])

  private let settings: Hyperparameters
  private let tasks: [RankingTask]
  private let chains: TaskChains
  private let twins: [RepresentationLayer?]

  init(_ hyperparameters: Hyperparameters, on towers: TowerLayout) throws {
    try towers.requireChains(for: Self.card.id)
    settings = hyperparameters
    tasks = towers.tasks
    chains = towers.chains
    twins = towers.chains.followed.enumerated().map { task, followed in
      followed.map { _ in RepresentationLayer(on: towers, task: task, name: "counterfactual") }
    }
  }

  func callAsFunction(_ towers: TowerOutputs, in context: ForwardContext) -> Predictions {
    let own = (0..<towers.taskCount).map { towers.logits(of: $0) }
    var logits = own
    var losses: [Predictions.ConditionalLoss] = []
    for task in chains.order {
      guard let followed = chains.followed[task], let twin = twins[task] else { continue }
      logits[task] = productLogit(logits[followed], own[task])
      guard context.isTraining else { continue }
      let propensities = Variable(logits[followed].value).sigmoid()
      let least = Float(settings.minimumPropensity)
      losses.append(
        Predictions.ConditionalLoss(
          name: "counterfactual/\(tasks[task].name)", weight: settings.counterfactualWeight,
          task: task, followed: followed, logits: own[task],
          rowWeights: (1 / propensities.clamped(to: least...)).value,
          counterfactual: .init(
            logits: twin(
              towers.representation(of: task), segments: towers.segments, in: context),
            rowWeights: (1 / (1 - propensities).clamped(to: least...)).value,
            constraintWeight: settings.constraintWeight)))
    }
    return Predictions(logits: concatenated(logits), conditionalLosses: losses)
  }
}
