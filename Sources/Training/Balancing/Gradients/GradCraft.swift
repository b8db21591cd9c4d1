import Configuration
import Ranking
import TensorCore

/// Gradients pulled toward the length of the longest, then freed of all conflicts at once.
///
///     n_o ← β n_o + (1 - β) ‖g_o‖,   h_o = (r max_p n_p / n_o + 1 - r) g_o
///     step = Σ_o (h_o + Σ_{c in C_o} v_{oc} h_c),   C_o = {c : h_o · h_c < 0}
///
/// where v_o solves (h_o + Σ_c v_{oc} h_c) · h_d = ε ‖h_o‖ ‖h_d‖ for every d in C_o.
///
/// - g_o: the gradient of a_o L_o; n starts at the first lengths.
///
/// Source: Bai et al., GradCraft: elevating multi-task recommendations through holistic gradient
/// crafting, KDD 2024, sections 3.2 and 3.3.
final class GradCraft: LossBalancer {
  struct Hyperparameters: HyperparameterSet {
    @Setting(
      "r: how far lengths are pulled to the longest.", in: 0...1, search: .choice([0.2, 0.5, 0.8]))
    var pull = 0.5
    @Setting("β: how slowly the lengths' moving averages follow.", in: 0...0.9999)
    var memory = 0.9
    @Setting("ε: the cosine left between gradients that were in conflict.", in: 0...0.5)
    var margin = 0.0
  }

  static let card = MethodCard(
    id: "gradcraft", title: "GradCraft", group: "Gradients of objectives",
    paper:
      "Bai et al., GradCraft: elevating multi-task recommendations through holistic gradient "
      + "crafting, KDD 2024",
    deviations: ["The defaults of its three settings are ours; the paper tunes them per data set."])

  static var usesGradients: Bool { true }

  private let settings: Hyperparameters
  private let lengths: StateBuffer

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {
    settings = hyperparameters
    lengths = scope.buffer("lengths", shape: [objectives.count], repeating: 0)
  }

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let gram = GramMatrix(gradients)
    let averages = averages(gram, updating: context.isTraining)
    let longest = averages.max() ?? 0
    let factors = averages.map { settings.pull * longest / $0 + 1 - settings.pull }
    let pulled = GramMatrix(
      factors.indices.map { i in
        factors.indices.map { factors[i] * factors[$0] * gram.products[i][$0] }
      })
    var sums = factors.map { _ in 1.0 }
    for objective in factors.indices {
      let conflicts = factors.indices.filter { pulled.products[objective][$0] < 0 }
      guard !conflicts.isEmpty else { continue }
      let own = GramMatrix(
        conflicts.map { row in conflicts.map { pulled.products[row][$0] } })
      let wanted = conflicts.map { other in
        settings.margin * pulled.norms[objective] * pulled.norms[other]
          - pulled.products[objective][other]
      }
      for (other, weight) in zip(conflicts, own.leastSolution(of: wanted)) { sums[other] += weight }
    }
    return gram.weights(zip(sums, factors).map(*))
  }

  /// Returns the moving averages of the lengths of the objectives that have a gradient.
  private func averages(_ gram: GramMatrix, updating: Bool) -> [Double] {
    let former = lengths.value.values
    let next = zip(gram.objectives, gram.norms).map { objective, norm in
      let before = Double(former[objective])
      return before > 0 ? settings.memory * before + (1 - settings.memory) * norm : norm
    }
    if updating {
      lengths.value.withUnsafeMutableBufferPointer { elements in
        for (objective, length) in zip(gram.objectives, next) {
          elements[objective] = Float(length)
        }
      }
    }
    return next
  }
}
