import Configuration
import Ranking
import TensorCore

/// The sum of the gradients, each projected on the cone of directions that hurt no objective.
///
///     step = Σ_o Σ_p v_{op} g_p,   v_o = argmin_v vᵀ G v,   v ≥ e_o,   G_{op} = g_o · g_p
///
/// - g_o: the gradient of a_o L_o; e_o: 1 at o and 0 elsewhere.
///
/// With two objectives the direction is that of ``PCGrad``.
///
/// Source: Quinton and Rey, Jacobian descent for multi-objective optimization, arXiv 2406.16232,
/// section 3.1.
final class UPGrad: LossBalancer {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "upgrad", title: "UPGrad", group: "Gradients of objectives",
    paper: "Quinton and Rey, Jacobian descent for multi-objective optimization, arXiv 2406.16232",
    deviations: [
      "The projections are added, not averaged, so that gradients without conflict give the plain sum.",
      "The Gram matrix is not regularized.",
    ])

  static var usesGradients: Bool { true }

  private static let sweepLimit = 10_000

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {}

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let gram = GramMatrix(gradients)
    var sums = [Double](repeating: 0, count: gram.count)
    for objective in 0..<gram.count {
      for (index, weight) in projection(of: objective, gram).enumerated() { sums[index] += weight }
    }
    return gram.weights(sums)
  }

  /// Returns v of an objective: one coordinate after the other at its best, until none moves.
  private func projection(of objective: Int, _ gram: GramMatrix) -> [Double] {
    var v = (0..<gram.count).map { $0 == objective ? 1.0 : 0 }
    let bounds = v
    for _ in 0..<Self.sweepLimit {
      var change = 0.0
      for j in v.indices {
        let others =
          zip(gram.products[j], v).reduce(0) { $0 + $1.0 * $1.1 }
          - gram.products[j][j] * v[j]
        let next = max(bounds[j], -others / gram.products[j][j])
        change = max(change, abs(next - v[j]) / max(1, abs(next)))
        v[j] = next
      }
      if change <= 1e-14 { break }
    }
    return v
  }
}
