import Configuration
import Ranking
import TensorCore

/// Smooth Tchebycheff scalarization of the losses' logarithms: nearly the worst of them counts.
///
///     first `warmUpEpochs` epochs, and the one in which references are measured:
///       loss = Σ_o log L_o
///     then:
///       loss = μ K log Σ_o exp(log(L_o / L̄_o) / μ)
///
/// - L̄_o: mean of L_o over the batches of the epoch after the warm-up, each weighted by its share; K:
///   the number of objectives with a row in the batch, over which the sums run. Losses count as at
///   least 1e-8. An objective that had no row in that epoch has the reference 1.
///
/// Source: Lin et al., Smooth Tchebycheff scalarization for multi-objective optimization, ICML 2024,
/// equation 7; logarithms, warm-up and references follow the authors' code.
final class SmoothTchebycheff: LossBalancer {
  struct Hyperparameters: HyperparameterSet {
    @Setting(
      "μ: how smooth the maximum is; large ones weight all relative losses alike.", in: 0.01...100,
      search: .choice([0.1, 1, 10]))
    var smoothness = 1.0
    @Setting(
      "Epochs before those in which the losses that others are relative to are measured.",
      in: 0...1000)
    var warmUpEpochs = 1
  }

  static let card = MethodCard(
    id: "stch", title: "Smooth Tchebycheff", group: "Weights of losses",
    paper:
      "Lin et al., Smooth Tchebycheff scalarization for multi-objective optimization, ICML 2024",
    deviations: [
      "One epoch of warm-up, not four as in the authors' code, since runs here take few epochs.",
      "References are means weighted by the objectives' shares of batches, and K and the sums count objectives with a row in the batch; the paper has all objectives in every batch.",
      "The loss depends on logarithms of losses alone, so taskWeights have no effect between tasks.",
    ])

  private let settings: Hyperparameters
  private let references: StateBuffer
  private let weights: StateBuffer

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {
    settings = hyperparameters
    references = scope.buffer("references", shape: [objectives.count], repeating: 0)
    weights = scope.buffer("weights", shape: [objectives.count], repeating: 0)
  }

  func loss(of losses: ObjectiveLosses, in context: ForwardContext) -> Variable {
    let isHere = Tensor(losses.shares.map { $0 > 0 ? 1 : 0 }, shape: [losses.shares.count])
    let logarithms = losses.values.clamped(to: 1e-8...).log()
    let epoch = Int(context.moment.epoch)
    guard epoch > settings.warmUpEpochs else {
      if context.isTraining, epoch == settings.warmUpEpochs { measure(losses) }
      return logarithms.weightedSum(isHere)
    }
    let shifts = zip(references.value.values, losses.shares).map { reference, share -> Float in
      if share == 0 { return -1e30 }
      return reference > 0 ? -Float(Double(reference).naturalLogarithm) : 0
    }
    let count = losses.shares.count
    let relative = logarithms * Variable(isHere) + Variable(Tensor(shifts, shape: [count]))
    let smoothness = Float(settings.smoothness)
    let present = Float(losses.shares.count { $0 > 0 })
    return
      (smoothness * present
      * (relative / smoothness).reshaped(to: [1, count]).logSumExp()).reshaped(to: [])
  }

  private func measure(_ losses: ObjectiveLosses) {
    let values = losses.values.value.values
    references.value.withUnsafeMutableBufferPointer { references in
      weights.value.withUnsafeMutableBufferPointer { weights in
        for (objective, share) in losses.shares.enumerated() where share > 0 {
          weights[objective] += share
          references[objective] +=
            share / weights[objective] * (values[objective] - references[objective])
        }
      }
    }
  }
}
