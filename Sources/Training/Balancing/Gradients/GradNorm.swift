import Configuration
import Foundation
import Ranking
import TensorCore

/// Weights learned so that the objectives' gradients have lengths in keeping with their training rates.
///
///     w_o ← w_o - η ∂/∂w_o Σ_p | w_p ‖g_p‖ - ḡ r_p^α |,   then w ← c w
///     ḡ = Σ_p w_p ‖g_p‖ / K,   r_p = (L_p / L_p(0)) / mean over q of L_q / L_q(0)
///
/// - g_o: the gradient of a_o L_o; L(0): the loss of the first batch with a row of the objective; the
///   targets ḡ r^α are constants of the derivative; K and all sums are over objectives that have a
///   gradient in the batch; the others keep their weights. c keeps the sum of the weights, so that over
///   all objectives it stays their number. Weights start at 1 and are at least 1e-4.
///
/// Source: Chen et al., GradNorm: gradient normalization for adaptive loss balancing in deep multitask
/// networks, ICML 2018, equations 1 and 2.
final class GradNorm: LossBalancer {
  struct Hyperparameters: HyperparameterSet {
    @Setting(
      "α: how strongly objectives that train slowly are favored.", in: 0...10,
      search: .choice([0.12, 0.5, 1.5]))
    var restoringForce = 1.5
    @Setting("η: the rate at which weights are learned.", in: 1e-6...10)
    var weightRate = 0.025
  }

  static let card = MethodCard(
    id: "gradnorm", title: "GradNorm", group: "Gradients of objectives",
    paper:
      "Chen et al., GradNorm: gradient normalization for adaptive loss balancing in deep multitask "
      + "networks, ICML 2018",
    deviations: [
      "Lengths are those of the gradients of all balanced parameters, not of the last shared layer alone.",
      "Weights scale the gradients of shared parameters alone; parameters of a single objective, and embedding tables unless balancedParameters is all, get its unchanged gradient. In the paper the weighted losses train all parameters.",
      "An objective without a row in the batch keeps its weight, and the others keep the sum of theirs; the paper has all objectives in every batch.",
      "Lengths and target are relative to their mean ḡ, so that the rate does not depend on the scale of losses; weights are at least 1e-4.",
    ])

  static var usesGradients: Bool { true }

  private let restoringForce: Double
  private let rate: Double
  private let weights: StateBuffer
  private let firstLosses: StateBuffer

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {
    restoringForce = hyperparameters.restoringForce
    rate = hyperparameters.weightRate
    weights = scope.buffer("weights", shape: [objectives.count], repeating: 1)
    firstLosses = scope.buffer("firstLosses", shape: [objectives.count], repeating: 0)
  }

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let gram = GramMatrix(gradients)
    let current = weights.value.values.map(Double.init)
    if context.isTraining { learn(gram, losses) }
    return current
  }

  /// Moves the weights that the next step uses.
  private func learn(_ gram: GramMatrix, _ losses: ObjectiveLosses) {
    let values = losses.values.value.values
    firstLosses.value.withUnsafeMutableBufferPointer { first in
      for objective in gram.objectives where first[objective] == 0 {
        first[objective] = values[objective]
      }
    }
    guard gram.count > 1 else { return }
    let first = firstLosses.value.values
    let rates = gram.objectives.map { first[$0] > 0 ? Double(values[$0]) / Double(first[$0]) : 1 }
    let meanRate = rates.reduce(0, +) / Double(rates.count)
    guard meanRate > 0 else { return }
    let before = gram.objectives.map { Double(weights.value.values[$0]) }
    var own = before
    let lengths = zip(own, gram.norms).map(*)
    let mean = lengths.reduce(0, +) / Double(lengths.count)
    for index in own.indices {
      let target = mean * pow(rates[index] / meanRate, restoringForce)
      let sign = lengths[index] > target ? 1.0 : lengths[index] < target ? -1 : 0
      own[index] = max(1e-4, own[index] - rate * sign * gram.norms[index] / mean)
    }
    let isWhole = gram.count == weights.value.count
    let total = isWhole ? Double(gram.count) : before.reduce(0, +)
    let sum = own.reduce(0, +)
    weights.value.withUnsafeMutableBufferPointer { elements in
      for (objective, weight) in zip(gram.objectives, own) {
        elements[objective] = Float(total * weight / sum)
      }
    }
  }
}
