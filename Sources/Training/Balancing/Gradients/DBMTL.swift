import Configuration
import Ranking
import TensorCore

/// The gradients of the logarithms of losses, all stretched to the length of the longest.
///
///     step = max_p ‖h_p‖ · Σ_o h_o / ‖h_o‖,   h_o = ∇ log L_o = g_o / (a_o L_o)
///
/// - g_o: the gradient of a_o L_o.
///
/// Source: Lin et al., Dual-balancing for multi-task learning, arXiv 2308.12029, algorithm 1.
final class DBMTL: LossBalancer {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "db-mtl", title: "DB-MTL", group: "Gradients of objectives",
    paper: "Lin et al., Dual-balancing for multi-task learning, arXiv 2308.12029",
    deviations: [
      "Gradients are not averaged over steps (β = 0 in the paper's terms), which would take a copy of the parameters per objective.",
      "Logarithms of losses count for shared parameters alone; parameters of a single objective, and embedding tables unless balancedParameters is all, get the gradient of its loss itself, as with every balancer of gradients.",
      "Lengths and directions are of logarithms, so taskWeights have no effect between tasks on the step of shared parameters.",
    ])

  static var usesGradients: Bool { true }

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {}

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let gram = GramMatrix(gradients)
    let values = losses.values.value.values
    let lengths = zip(gram.objectives, gram.norms).map { objective, norm in
      norm / max(Double(losses.shares[objective]) * Double(values[objective]), 1e-12)
    }
    let longest = lengths.max() ?? 0
    return gram.weights(gram.norms.map { longest / $0 })
  }
}
