import Configuration
import Layers
import TensorCore

/// The entire-space counterfactual multi-task model with inverse propensity scores.
///
/// Predictions are those of ``ESMM``. In addition, the factor σ(z_t) of a task t that follows f has
/// its own loss on the rows where f happened:
///
///     p_t = p_f · σ(z_t),   w_i = 1 / max(sg(p_if), minimumPropensity)
///     loss += counterfactualWeight · Σ_i c_it o_i w_i l_i
///
/// - o_i, y_i: the labels of f and t in row i; l_i: the cross-entropy of σ(z_it) and y_i; sg: no
///   gradient; c_it: the factor that the loss gives the cross-entropy of p_t in row i (see
///   ``Predictions/ConditionalLoss``).
///
/// The average of o w l over rows is an unbiased estimate of the average of l over all rows if p_f
/// is the probability of o.
///
/// Source: Wang et al., ESCM²: entire space counterfactual multi-task model for post-click
/// conversion rate estimation, SIGIR 2022, section 3.
final class ESCM2IPS: PredictionHead {
  struct Hyperparameters: HyperparameterSet {
    @Setting("Factor of the counterfactual loss of followers.", in: 0...1e3)
    var counterfactualWeight = 0.1
    @Setting(
      "Lower bound of propensities: no row weighs more than its inverse.",
      in: 1e-4...1)
    var minimumPropensity = 0.01
  }

  static let card = counterfactualCard(form: "IPS")

  private let factors: CounterfactualFactors

  init(_ hyperparameters: Hyperparameters, on towers: TowerLayout) throws {
    try towers.requireChains(for: Self.card.id)
    factors = CounterfactualFactors(
      towers, weight: hyperparameters.counterfactualWeight,
      minimumPropensity: hyperparameters.minimumPropensity, imputes: false)
  }

  func callAsFunction(_ towers: TowerOutputs, in context: ForwardContext) -> Predictions {
    factors.predictions(towers, in: context)
  }
}

/// The entire-space counterfactual multi-task model with the doubly robust estimate.
///
/// Like ``ESCM2IPS``, but the loss of a factor is
///
///     loss += counterfactualWeight · Σ_i c_it (ê_i + o_i w_i (l_i - ê_i) + o_i w_i (l_i - ê_i)²)
///
/// - ê_i = softplus(h_i u + b), the imputed cross-entropy of row i; h: the input of the last layer
///   of the tower of t.
///
/// The first two terms are an unbiased estimate if either the propensities or the imputed errors
/// are correct; the last term trains the imputation.
///
/// Source: the paper cited in ``ESCM2IPS``.
final class ESCM2DR: PredictionHead {
  typealias Hyperparameters = ESCM2IPS.Hyperparameters

  static let card = counterfactualCard(
    form: "DR",
    deviations: [
      "The imputed error is one layer on the last hidden layer of the follower's tower, kept above 0 by "
        + "softplus; the paper's is a tower of its own."
    ])

  private let factors: CounterfactualFactors

  init(_ hyperparameters: Hyperparameters, on towers: TowerLayout) throws {
    try towers.requireChains(for: Self.card.id)
    factors = CounterfactualFactors(
      towers, weight: hyperparameters.counterfactualWeight,
      minimumPropensity: hyperparameters.minimumPropensity, imputes: true)
  }

  func callAsFunction(_ towers: TowerOutputs, in context: ForwardContext) -> Predictions {
    factors.predictions(towers, in: context)
  }
}

private func counterfactualCard(form: String, deviations: [String] = []) -> MethodCard {
  MethodCard(
    id: "escm2-\(form.lowercased())", title: "ESCM²-\(form)",
    paper:
      "Wang et al., ESCM²: entire space counterfactual multi-task model for post-click conversion "
      + "rate estimation, SIGIR 2022",
    deviations: [
      "The head works with any model; the paper's model shares embeddings alone.",
      "Propensities are bounded from below by a setting.",
      "The weights of the losses of clicks and of clicks with purchases are those of the tasks.",
    ] + deviations)
}

/// The computation that both forms share.
private struct CounterfactualFactors {
  private let tasks: [RankingTask]
  private let chains: TaskChains
  private let weight: Double
  private let minimumPropensity: Double
  private let imputations: [RepresentationLayer?]

  init(_ towers: TowerLayout, weight: Double, minimumPropensity: Double, imputes: Bool) {
    tasks = towers.tasks
    chains = towers.chains
    self.weight = weight
    self.minimumPropensity = minimumPropensity
    imputations = towers.chains.followed.enumerated().map { task, followed in
      guard imputes, followed != nil else { return nil }
      return RepresentationLayer(on: towers, task: task, name: "imputation")
    }
  }

  func predictions(_ towers: TowerOutputs, in context: ForwardContext) -> Predictions {
    var (own, imputed): ([Variable], [Variable?]) = ([], [])
    for task in 0..<towers.taskCount {
      if let imputation = imputations[task], context.isTraining {
        let representation = towers.representation(of: task)
        own.append(towers.logits(of: task, from: representation))
        imputed.append(
          imputation(representation, segments: towers.segments, in: context).softplus())
      } else {
        own.append(towers.logits(of: task))
        imputed.append(nil)
      }
    }
    var logits = own
    var losses: [Predictions.ConditionalLoss] = []
    for task in chains.order {
      guard let followed = chains.followed[task] else { continue }
      logits[task] = productLogit(logits[followed], own[task])
      guard context.isTraining else { continue }
      let propensities = Variable(logits[followed].value).sigmoid()
      losses.append(
        Predictions.ConditionalLoss(
          name: "counterfactual/\(tasks[task].name)", weight: weight, task: task,
          followed: followed, logits: own[task],
          rowWeights: (1 / propensities.clamped(to: Float(minimumPropensity)...)).value,
          imputedErrors: imputed[task]))
    }
    return Predictions(logits: concatenated(logits), conditionalLosses: losses)
  }
}
