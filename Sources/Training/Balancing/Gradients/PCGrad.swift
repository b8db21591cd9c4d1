import Configuration
import Ranking
import TensorCore

/// Projection of conflicting gradients.
///
/// With g_o the gradient of objective o with respect to shared parameters, and with p in random
/// order for every o:
///
///     d_o ← g_o;   d_o ← d_o - (d_o · g_p / ‖g_p‖²) g_p   for every p ≠ o with d_o · g_p < 0
///
/// The step is Σ_o d_o, a weighted sum of the g_o whose weights are computed from their inner
/// products.
///
/// Source: Yu et al., Gradient surgery for multi-task learning, NeurIPS 2020, algorithm 1.
final class PCGrad: LossBalancer {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "pcgrad", title: "PCGrad", group: "Gradients of objectives",
    paper: "Yu et al., Gradient surgery for multi-task learning, NeurIPS 2020")

  static var usesGradients: Bool { true }

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {}

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let products = gradients.products
    var stream = context.stream("balancing/pcgrad")
    var sums = products.map { _ in 0.0 }
    for objective in products.indices {
      // d_o = Σ_k weights_k g_k
      var weights = products.indices.map { $0 == objective ? 1.0 : 0 }
      var others = products.indices.filter { $0 != objective }
      stream.shuffle(&others)
      for other in others where products[other][other] > 0 {
        let product = zip(weights, products[other]).reduce(0) { $0 + $1.0 * $1.1 }
        if product < 0 { weights[other] -= product / products[other][other] }
      }
      for (index, weight) in weights.enumerated() { sums[index] += weight }
    }
    return sums
  }
}
