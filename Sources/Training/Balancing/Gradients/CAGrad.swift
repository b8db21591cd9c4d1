import Configuration
import Ranking
import TensorCore

/// The direction near the mean gradient that serves the worst objective best.
///
///     ḡ = Σ_o g_o / K,   w = argmin_w g_w · ḡ + c ‖ḡ‖ ‖g_w‖,   w ≥ 0, Σ w = 1,   g_w = Σ_o w_o g_o
///     d = ḡ + c ‖ḡ‖ g_w / ‖g_w‖;   step: K d / (1 + c²)
///
/// - g_o: the gradient of a_o L_o; K: the number of objectives that have a gradient.
///
/// Source: Liu et al., Conflict-averse gradient descent for multi-task learning, NeurIPS 2021,
/// algorithm 1; the divisor 1 + c² is that of the authors' code.
final class CAGrad: LossBalancer {
  struct Hyperparameters: HyperparameterSet {
    @Setting(
      "Radius around the mean gradient, as a share of its length.", in: 0...0.999,
      search: .choice([0.2, 0.4, 0.5]))
    var radius = 0.5
  }

  static let card = MethodCard(
    id: "cagrad", title: "CAGrad", group: "Gradients of objectives",
    paper: "Liu et al., Conflict-averse gradient descent for multi-task learning, NeurIPS 2021",
    deviations: [
      "The step is multiplied by the number of objectives, as the plain sum is K times the mean."
    ])

  static var usesGradients: Bool { true }

  private let radius: Double

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {
    radius = hyperparameters.radius
  }

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let gram = GramMatrix(gradients)
    guard gram.count > 0 else { return gram.weights([]) }
    let count = Double(gram.count)
    let mean = [Double](repeating: 1 / count, count: gram.count)
    let towardMean = gram.product(mean)
    let bound = radius * gram.norm(of: mean)
    let minimum = SimplexMinimum(count: gram.count) { w in
      let norm = gram.norm(of: w)
      let slopes = gram.product(w)
      return zip(towardMean, slopes).map { $0 + (norm > 0 ? bound * $1 / norm : 0) }
    }
    let norm = gram.norm(of: minimum.weights)
    let length = norm > 0 ? bound / norm : 0
    return gram.weights(
      minimum.weights.map { count * (1 / count + length * $0) / (1 + radius * radius) })
  }
}
