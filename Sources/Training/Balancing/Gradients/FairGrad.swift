import Configuration
import Ranking
import TensorCore

/// The direction that is fair in the sense of α-fair resource allocation.
///
/// The weights w > 0 solve
///
///     G w = w^(-1/α),   G_{op} = g_o · g_p
///
/// α = 1 gives proportional fairness (the weights of ``NashMTL``), a large α the max-min fairness of
/// ``MGDA``, an α near 0 the plain sum.
///
/// - g_o: the gradient of a_o L_o.
///
/// Source: Ban and Ji, Fair resource allocation in multi-task learning, ICML 2024, equation 5.
final class FairGrad: LossBalancer {
  struct Hyperparameters: HyperparameterSet {
    @Setting(
      "α of α-fairness: 1 is proportional, large ones favor the worst objective.", in: 0.05...20,
      search: .choice([0.5, 1, 2]))
    var fairness = 1.0
  }

  static let card = MethodCard(
    id: "fairgrad", title: "FairGrad", group: "Gradients of objectives",
    paper: "Ban and Ji, Fair resource allocation in multi-task learning, ICML 2024",
    deviations: [
      "The equation is solved by Newton's method; the paper solves a constrained least-squares problem."
    ])

  static var usesGradients: Bool { true }

  private let power: Double

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {
    power = 1 / hyperparameters.fairness
  }

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let gram = GramMatrix(gradients)
    return gram.weights(gram.fairWeights(power: power))
  }
}
