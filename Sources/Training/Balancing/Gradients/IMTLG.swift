import Configuration
import Ranking
import TensorCore

/// The direction with equal projections on all gradients.
///
///     d = Σ_o w_o g_o,   d · g_o / ‖g_o‖ equal for all o,   Σ_o w_o = K
///
/// - g_o: the gradient of a_o L_o; K: the number of objectives that have a gradient.
///
/// With C the cosines between gradients and C c = 1, w_o is proportional to c_o / ‖g_o‖. With three
/// or more objectives, weights can be negative, and so can their sum before it is scaled: the step then
/// goes up all losses, as it does by the paper's equations. In few dimensions that is rare, in many
/// unlikely.
///
/// Source: Liu et al., Towards impartial multi-task learning, ICLR 2021, equations 3 to 7.
final class IMTLG: LossBalancer {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "imtl-g", title: "IMTL-G", group: "Gradients of objectives",
    paper: "Liu et al., Towards impartial multi-task learning, ICLR 2021",
    deviations: [
      "Gradients are those of the parameters; the paper uses those of a shared representation.",
      "Weights add up to the number of objectives, not to 1, so that equal gradients give the plain sum.",
      "Where the solution's weights have a negative sum, which takes three or more objectives, scaling reverses the step, as in the paper.",
      "If the weights add up to nothing, so that they cannot be scaled, the step is the plain sum.",
    ])

  static var usesGradients: Bool { true }

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {}

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let gram = GramMatrix(gradients)
    let shares = gram.normalized.leastSolution(of: gram.norms.map { _ in 1 })
    let weights = zip(shares, gram.norms).map { $0 / $1 }
    let sum = weights.reduce(0, +)
    let size = weights.reduce(0) { $0 + abs($1) }
    guard abs(sum) > 1e-9 * size else { return gram.weights(gram.norms.map { _ in 1 }) }
    return gram.weights(weights.map { Double(gram.count) * $0 / sum })
  }
}
