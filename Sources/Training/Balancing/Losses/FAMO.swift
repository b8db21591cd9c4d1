import Configuration
import Foundation
import Ranking
import TensorCore

/// Fast adaptive multitask optimization: weights that let all losses fall at the same relative rate,
/// without gradients of single objectives.
///
///     loss = Σ_o λ_o L_o,   λ_o = c z_o / L_o,   z = softmax(ξ),   c = A / Σ_p (z_p / L_p)
///     after the step, with L'_o the losses of the same rows:
///       δ_o = log L_o - log L'_o,   ξ ← ξ - β (Jᵀ δ + γ ξ),   J = ∂z / ∂ξ
///
/// - λ: a constant of the derivative, so that the gradient is that of c Σ_o z_o log L_o; A = Σ_o a_o;
///   all sums, and the softmax, are over objectives with a row in the batch. Losses count as at least
///   1e-8.
///
/// Source: Liu et al., FAMO: fast adaptive multitask optimization, NeurIPS 2023, algorithm 1.
final class FAMO: LossBalancer {
  struct Hyperparameters: HyperparameterSet {
    @Setting("β: the rate at which weights are learned.", in: 1e-6...10)
    var weightRate = 0.025
    @Setting("γ: the decay of ξ toward equal weights.", in: 0...1)
    var weightDecay = 1e-3
  }

  static let card = MethodCard(
    id: "famo", title: "FAMO", group: "Weights of losses",
    paper: "Liu et al., FAMO: fast adaptive multitask optimization, NeurIPS 2023",
    deviations: [
      "ξ moves by plain gradient steps, as in the paper's algorithm; the authors' code uses Adam.",
      "The losses after the step come from a second pass over the batch with the same dropout, which changes no running moments.",
      "The loss is that of the paper times A, the sum of the shares a, so that equal losses give the plain sum. The direction depends on logarithms of losses alone, so taskWeights have no effect between tasks but by A.",
    ])

  static var usesLossesAfterStep: Bool { true }

  private let settings: Hyperparameters
  private let scores: StateBuffer

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {
    settings = hyperparameters
    scores = scope.buffer("scores", shape: [objectives.count], repeating: 0)
  }

  func loss(of losses: ObjectiveLosses, in context: ForwardContext) -> Variable {
    let z = softmax(losses.shares)
    let ratios = zip(z, losses.values.value.values).map { $0 / max(Double($1), 1e-8) }
    let sum = ratios.reduce(0, +)
    guard sum > 0 else { return losses.plainSum }
    let total = losses.shares.reduce(0) { $0 + Double($1) }
    return losses.values.weightedSum(
      Tensor(ratios.map { Float(total * $0 / sum) }, shape: [ratios.count]))
  }

  func learn(from before: [Float], after: [Float], shares: [Float]) {
    let z = softmax(shares)
    let changes = zip(before, after).map { log(max(Double($0), 1e-8)) - log(max(Double($1), 1e-8)) }
    let mean = zip(z, changes).reduce(0) { $0 + $1.0 * $1.1 }
    scores.value.withUnsafeMutableBufferPointer { scores in
      for (objective, share) in shares.enumerated() where share > 0 {
        let slope = z[objective] * (changes[objective] - mean)
        let score = Double(scores[objective])
        scores[objective] = Float(
          score - settings.weightRate * (slope + settings.weightDecay * score))
      }
    }
  }

  /// z, 0 for objectives without a row.
  private func softmax(_ shares: [Float]) -> [Double] {
    let scores = scores.value.values.map(Double.init)
    let largest = zip(scores, shares).filter { $1 > 0 }.map(\.0).max() ?? 0
    let powers = zip(scores, shares).map { $1 > 0 ? exp($0 - largest) : 0 }
    let sum = powers.reduce(0, +)
    return powers.map { sum > 0 ? $0 / sum : 0 }
  }
}
