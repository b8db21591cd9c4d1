import Configuration
import Ranking
import TensorCore

/// Gradients of auxiliary objectives brought near to the length of the target's.
///
///     n_o ← β n_o + (1 - β) ‖g_o‖,   weight of o: r n_target / n_o + 1 - r;   1 for the target
///
/// - g_o: the gradient of a_o L_o, which has the length 0 in a batch without a row of the objective;
///   n starts at 0, as published, and the target and the others share the start's bias.
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
      "One factor per objective, from the length of its gradient in all balanced parameters; the paper has one per parameter matrix."
    ])

  static var usesGradients: Bool { true }

  private let settings: Hyperparameters
  private let target: Int
  private let lengths: StateBuffer

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) throws {
    settings = hyperparameters
    guard let index = settings.target.isEmpty ? 0 : objectives.names.firstIndex(of: settings.target)
    else {
      throw Diagnostic.unknown("objective", settings.target, accepted: objectives.names)
        .at("target")
    }
    target = index
    lengths = scope.buffer("lengths", shape: [objectives.count], repeating: 0)
  }

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let norms = gradients.products.indices.map { gradients.products[$0][$0].squareRoot() }
    let next = zip(lengths.value.values, norms).map { before, norm in
      settings.memory * Double(before) + (1 - settings.memory) * norm
    }
    if context.isTraining {
      lengths.value.withUnsafeMutableBufferPointer { elements in
        for (objective, length) in next.enumerated() { elements[objective] = Float(length) }
      }
    }
    return next.enumerated().map { objective, length in
      guard objective != target, length > 0, norms[objective] > 0 else { return 1 }
      return settings.relaxation * next[target] / length + 1 - settings.relaxation
    }
  }
}
