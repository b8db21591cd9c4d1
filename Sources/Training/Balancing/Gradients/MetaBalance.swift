import Configuration
import Foundation
import Ranking
import TensorCore

/// Gradients of auxiliary objectives brought near to the length of the target's.
///
///     n_o ← β n_o + (1 - β) ‖g_o‖,   m_o = n_o / (1 - β^{c_o})
///     weight of o: r m_target / m_o + 1 - r;   1 for the target
///
/// - g_o: the gradient of a_o L_o; n starts at 0, as published; n and c_o, the number of its changes, stay
///   as they are in a batch without a row of the objective. As long as all have had rows in every batch, c
///   is the same for all and m can be n. Until the target has had a row, weights are 1.
///
/// Source: He et al., MetaBalance: improving multi-task recommendations via adapting gradient
/// magnitudes of auxiliary tasks, WWW 2022, algorithm 1 with strategy C.
final class MetaBalance: LossBalancer {
  struct Hyperparameters: HyperparameterSet {
    @Setting("The objective whose gradient sets the length; empty for the first.")
    var target = ""
    @Setting(
      "r: how far lengths are brought to that of the target.", in: 0...1,
      search: .choice([0.3, 0.5, 0.7, 0.9]))
    var relaxation = 0.7
    @Setting("β: how slowly the lengths' moving averages follow.", in: 0...0.9999)
    var memory = 0.9
  }

  static let card = MethodCard(
    id: "metabalance", title: "MetaBalance", group: "Gradients of objectives",
    paper:
      "He et al., MetaBalance: improving multi-task recommendations via adapting gradient magnitudes "
      + "of auxiliary tasks, WWW 2022",
    deviations: [
      "One factor per objective, from the length of its gradient in all balanced parameters; the paper has one per parameter matrix.",
      "An objective without a row in the batch keeps its moving average, and averages are freed of their start at 0, so that counts of batches need not be equal; the paper has all objectives in every batch.",
    ])

  static var usesGradients: Bool { true }

  private let settings: Hyperparameters
  private let target: Int
  private let lengths: StateBuffer
  private let counts: StateBuffer

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) throws {
    settings = hyperparameters
    guard let index = settings.target.isEmpty ? 0 : objectives.names.firstIndex(of: settings.target)
    else {
      throw Diagnostic.unknown("objective", settings.target, accepted: objectives.names)
        .at("target")
    }
    target = index
    lengths = scope.buffer("lengths", shape: [objectives.count], repeating: 0)
    counts = scope.buffer("counts", shape: [objectives.count], repeating: 0)
  }

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let norms = gradients.products.indices.map { gradients.products[$0][$0].squareRoot() }
    var (lengths, counts) = (lengths.value.values.map(Double.init), counts.value.values)
    for (objective, norm) in norms.enumerated() where norm > 0 {
      lengths[objective] =
        settings.memory * lengths[objective] + (1 - settings.memory) * norm
      counts[objective] += 1
    }
    if context.isTraining {
      self.lengths.value.assign(Tensor(lengths.map(Float.init), shape: [lengths.count]))
      self.counts.value.assign(Tensor(counts, shape: [counts.count]))
    }
    guard counts[target] > 0 else { return norms.map { _ in 1 } }
    func starting(_ objective: Int) -> Double {
      1 - pow(settings.memory, Double(counts[objective]))
    }
    return norms.indices.map { objective in
      guard objective != target, norms[objective] > 0 else { return 1 }
      let bias = counts[objective] == counts[target] ? 1 : starting(objective) / starting(target)
      return settings.relaxation * lengths[target] / lengths[objective] * bias + 1
        - settings.relaxation
    }
  }
}
