import Configuration
import Ranking
import TensorCore

/// Gradients made orthogonal and of equal length, as near to the given ones as possible.
///
///     w = √λ_min · Σ_k λ_k^(-1/2) v_k (v_k · 1)
///
/// - λ_k, v_k: the eigenvalues above 0 and eigenvectors of G_{op} = g_o · g_p, with g_o the gradient
///   of a_o L_o; λ_min: the smallest of them.
///
/// Source: Senushkin et al., Independent component alignment for multi-task learning, CVPR 2023,
/// algorithm 1.
final class AlignedMTL: LossBalancer {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "aligned-mtl", title: "Aligned-MTL", group: "Gradients of objectives",
    paper: "Senushkin et al., Independent component alignment for multi-task learning, CVPR 2023")

  static var usesGradients: Bool { true }

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {}

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let gram = GramMatrix(gradients)
    return gram.weights(
      gram.spectral(of: gram.norms.map { _ in 1 }) { value, smallest in
        (smallest / value).squareRoot()
      })
  }
}
