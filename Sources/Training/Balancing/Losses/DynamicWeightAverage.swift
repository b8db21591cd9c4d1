import Configuration
import Foundation
import Ranking
import TensorCore

/// Dynamic weight average, which gives more weight to objectives whose loss falls more slowly.
///
///     loss = Σ_o λ_o a_o L_o,   λ_o = K exp(r_o / T) / Σ_p exp(r_p / T),
///     r_o = L̄_o(n-1) / L̄_o(n-2)
///
/// - L̄_o(n): mean of L_o over the batches of epoch n, each weighted by the share a_o; K: the
///   number of objectives with a row in the batch; p ranges over the same objectives.
///
/// r is 1 in the first two epochs, for an objective that had no row in one of the two preceding
/// epochs, and for one whose earlier mean is 0.
///
/// Source: Liu et al., End-to-end multi-task learning with attention, CVPR 2019, equation 7.
public final class DynamicWeightAverage: LossBalancer {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``DynamicWeightAverage``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "Temperature of the softmax over loss ratios; large ones give the plain sum.",
      in: 0.01...1000, search: .choice([1, 2, 5]))
    public var temperature = 2.0

    public init() {}
  }

  /// The description of the balancer.
  public static let card = MethodCard(
    id: "dwa", title: "Dynamic weight average", group: "Weights of losses",
    paper: "Liu et al., End-to-end multi-task learning with attention, CVPR 2019",
    deviations: [
      "The softmax runs over the objectives that have a row in the batch.",
      "The ratio of an objective is at most 100, and 1 where either epoch had no loss of it.",
    ])

  private let temperature: Double
  private let epoch: StateBuffer
  private let means: [StateBuffer]
  private let weights: [StateBuffer]

  /// Creates the balancer; the buffers hold the current epoch and the two before it.
  public init(
    _ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope
  ) throws {
    temperature = hyperparameters.temperature
    epoch = scope.buffer("epoch", shape: [1], repeating: 0)
    func buffers(_ name: String) -> [StateBuffer] {
      (0..<3).map { scope[name].buffer("\($0)", shape: [objectives.count], repeating: 0) }
    }
    (means, weights) = (buffers("means"), buffers("weights"))
  }

  /// Returns the weighted sum of losses.
  public func loss(of losses: ObjectiveLosses, in context: ForwardContext) -> Variable {
    begin(Float(context.moment.epoch.rounded(.down)))
    let factors = factors(losses.shares)
    if context.isTraining { add(losses) }
    return losses.values.weightedSum(
      Tensor(zip(factors, losses.shares).map { Float($0) * $1 }, shape: [factors.count]))
  }

  /// Shifts the means of a finished epoch into those of past epochs.
  private func begin(_ now: Float) {
    guard now > epoch.value.values[0] else { return }
    set(epoch, [now])
    for series in [means, weights] {
      set(series[2], series[1].value.values)
      set(series[1], series[0].value.values)
      set(series[0], series[0].value.values.map { _ in 0 })
    }
  }

  private func set(_ buffer: StateBuffer, _ values: [Float]) {
    buffer.value.withUnsafeMutableBufferPointer { elements in
      for (place, value) in values.enumerated() { elements[place] = value }
    }
  }

  /// λ: 0 for objectives without a row.
  private func factors(_ shares: [Float]) -> [Double] {
    let (last, before) = (means[1].value.values, means[2].value.values)
    let (lastWeights, formerWeights) = (weights[1].value.values, weights[2].value.values)
    let scores = shares.indices.map { o in
      guard shares[o] != 0 else { return 0.0 }
      let known = lastWeights[o] > 0 && formerWeights[o] > 0 && before[o] > 0
      let ratio = known ? min(Double(last[o]) / Double(before[o]), 100) : 1
      return ratio / temperature
    }
    let largest = scores.max() ?? 0
    let powers = scores.indices.map { shares[$0] == 0 ? 0 : exp(scores[$0] - largest) }
    let sum = powers.reduce(0, +)
    let count = Double(shares.count { $0 != 0 })
    return powers.map { sum > 0 ? count * $0 / sum : 0 }
  }

  /// Adds the losses of a batch to the means of the epoch.
  private func add(_ losses: ObjectiveLosses) {
    var (mean, weight) = (means[0].value.values, weights[0].value.values)
    for (o, value) in losses.values.value.values.enumerated() where losses.shares[o] > 0 {
      let share = losses.shares[o]
      weight[o] += share
      let part = share / weight[o]
      mean[o] += part * (value - mean[o])
    }
    set(means[0], mean)
    set(weights[0], weight)
  }
}
