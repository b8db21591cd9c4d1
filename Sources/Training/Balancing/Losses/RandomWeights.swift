import Configuration
import Foundation
import Ranking
import TensorCore

/// Random weights, drawn anew for every batch: the control that a balancer has to beat.
///
///     loss = Σ_o λ_o a_o L_o,   λ_o = (Σ_p a_p) exp(ξ_o) / Σ_p a_p exp(ξ_p),   ξ ~ N(0, 1)
///
/// The sums are over objectives with a row in the batch. With equal shares a, λ is K times a softmax
/// of ξ, as published.
///
/// Source: Lin et al., Reasonable effectiveness of random weighting: a litmus test for multi-task
/// learning, TMLR 2022 (RLW with normal weights).
final class RandomWeights: LossBalancer {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "rlw", title: "Random weights", group: "Weights of losses",
    paper:
      "Lin et al., Reasonable effectiveness of random weighting: a litmus test for multi-task "
      + "learning, TMLR 2022",
    deviations: [
      "Weights keep the sum of shares, so that equal losses give the plain sum; with equal shares this is the published softmax."
    ])

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {}

  func loss(of losses: ObjectiveLosses, in context: ForwardContext) -> Variable {
    guard context.isTraining else { return losses.plainSum }
    var stream = context.stream("balancing/rlw")
    let powers = losses.shares.map { share in
      let power = exp(stream.normal())
      return share > 0 ? power : 0
    }
    let shares = losses.shares.map(Double.init)
    let sum = zip(shares, powers).reduce(0) { $0 + $1.0 * $1.1 }
    guard sum > 0 else { return losses.plainSum }
    let factor = shares.reduce(0, +) / sum
    return losses.values.weightedSum(
      Tensor(zip(shares, powers).map { Float(factor * $0 * $1) }, shape: [shares.count]))
  }
}
