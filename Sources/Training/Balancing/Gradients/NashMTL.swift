import Configuration
import Ranking
import TensorCore

/// The Nash bargaining solution among objectives.
///
/// The weights α > 0 solve
///
///     G α = 1 / α,   G_{op} = g_o · g_p
///
/// so that no objective's relative gain can grow without costing others more. The direction does not
/// depend on the scale of any loss. Its length is √K whatever the gradients are, and is bounded by
/// `maximumNorm`.
///
/// - g_o: the gradient of a_o L_o; K: the number of objectives that have a gradient.
///
/// With two objectives the direction is the bisector g_1 / ‖g_1‖ + g_2 / ‖g_2‖, as that of ``IMTLG``,
/// ``FairGrad`` at α = 1, ``ConFIG`` and ``DBMTL``.
///
/// Source: Navon et al., Multi-task learning as a bargaining game, ICML 2022, claim 3.1.
final class NashMTL: LossBalancer {
  struct Hyperparameters: HyperparameterSet {
    @Setting("The largest length of the step's direction; 0 for no bound.", in: 0...1e6)
    var maximumNorm = 1.0
  }

  static let card = MethodCard(
    id: "nash-mtl", title: "Nash-MTL", group: "Gradients of objectives",
    paper: "Navon et al., Multi-task learning as a bargaining game, ICML 2022",
    deviations: [
      "The weights are solved for exactly in every step; the authors' code takes at most 20 steps of a convex-concave procedure.",
      "The bound of the length applies to the gradient of the shared parameters that are balanced.",
    ])

  static var usesGradients: Bool { true }

  private let maximumNorm: Double

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {
    maximumNorm = hyperparameters.maximumNorm
  }

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let gram = GramMatrix(gradients)
    let weights = gram.fairWeights(power: 1)
    let norm = gram.norm(of: weights)
    let factor = maximumNorm > 0 && norm > maximumNorm ? maximumNorm / norm : 1
    return gram.weights(weights.map { factor * $0 })
  }
}
