import Configuration
import Ranking
import TensorCore

/// The conflict-free direction, with equal positive projections on the directions of all gradients,
/// and their projections' sum as its length.
///
///     u = pinv([g_o / ‖g_o‖]ᵀ) 1,   d = (Σ_o g_o · u / ‖u‖) u / ‖u‖
///
/// - g_o: the gradient of a_o L_o.
///
/// Source: Liu, Chu and Thuerey, ConFIG: towards conflict-free training of physics informed neural
/// networks, ICLR 2025, equations 2 and 3.
final class ConFIG: LossBalancer {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "config", title: "ConFIG", group: "Gradients of objectives",
    paper:
      "Liu et al., ConFIG: towards conflict-free training of physics informed neural networks, "
      + "ICLR 2025",
    deviations: [
      "Where no direction has positive projections on all gradients, as on two opposed ones, the step of shared parameters is 0."
    ])

  static var usesGradients: Bool { true }

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {}

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let gram = GramMatrix(gradients)
    let cosines = gram.normalized
    // u = Σ_o shares_o g_o / ‖g_o‖
    let shares = cosines.leastSolution(of: gram.norms.map { _ in 1 })
    let norm = cosines.norm(of: shares)
    guard norm > 1e-12 else { return gram.weights(gram.norms.map { _ in 0 }) }
    let length = zip(gram.norms, cosines.product(shares)).reduce(0) { $0 + $1.0 * $1.1 } / norm
    return gram.weights(zip(shares, gram.norms).map { length * $0 / (norm * $1) })
  }
}
