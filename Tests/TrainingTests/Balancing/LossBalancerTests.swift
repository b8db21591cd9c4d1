import Configuration
import Foundation
import TensorCore
import TestKit
import Testing

// Internal: ObjectiveLosses of balancers that are not public.
@testable import Training

/// The formulas of balancers of losses after their start.
@Suite struct LossBalancerTests {
  private func loss(_ trial: BalancerTrial, _ values: [Float], epoch: Int, shares: [Float]? = nil)
    -> Double
  {
    let context = ForwardContext.training(
      tape: Tape(), streams: RandomStreams(seed: 1), at: TrainingMoment(step: epoch))
    let shares = shares ?? values.map { _ in 1 / Float(values.count) }
    let losses = ObjectiveLosses(
      values: Variable(Tensor(values, shape: [values.count])), shares: shares)
    return Double(trial.balancer.loss(of: losses, in: context).value.scalar)
  }

  @Test func theGeometricLossIsTheGeometricMean() throws {
    let found = loss(try BalancerTrial("gls", count: 2), [0.2, 0.8], epoch: 0)
    expectClose([found], [(0.2 * 0.8).squareRoot()], absolute: 1e-6)
  }

  @Test func smoothTchebycheffIsRelativeToTheEpochAfterTheWarmUp() throws {
    let method = ConfigurationValue.object(["id": .string("stch"), "smoothness": .number(0.5)])
    let trial = try BalancerTrial(method, count: 2)
    expectClose([loss(trial, [0.2, 0.8], epoch: 0)], [log(0.2) + log(0.8)], absolute: 1e-6)
    expectClose([loss(trial, [0.4, 0.5], epoch: 1)], [log(0.4) + log(0.5)], absolute: 1e-6)
    expectClose([loss(trial, [0.2, 0.7], epoch: 1)], [log(0.2) + log(0.7)], absolute: 1e-6)
    // References 0.3 and 0.6.
    let terms = [0.15 / 0.3, 0.6 / 0.6].map { exp(log($0) / 0.5) }
    expectClose(
      [loss(trial, [0.15, 0.6], epoch: 2)], [0.5 * 2 * log(terms[0] + terms[1])], absolute: 1e-5)
  }

  @Test func weightsDecayFromEpochToEpoch() throws {
    let method = ConfigurationValue.object([
      "id": .string("epoch-decay"), "factors": .object(["task1": .number(0.5)]),
    ])
    let trial = try BalancerTrial(method, count: 2)
    expectClose(
      (0..<3).map { loss(trial, [0.4, 0.8], epoch: $0) }, [0.6, 0.4, 0.3], absolute: 1e-6)
    #expect(
      sentence { _ = try BalancerTrial(method, count: 1) }?.contains("task1") == true,
      "an objective that the problem lacks")
  }

  @Test func randomWeightsDifferFromStepToStep() throws {
    let trial = try BalancerTrial("rlw", count: 2)
    let values = (0..<200).map { loss(trial, [1, 0], epoch: $0) }
    #expect(Set(values).count > 150)
    expectClose([values.reduce(0, +) / 200], [0.5], absolute: 0.06)
    #expect(values.allSatisfy { $0 > 0 && $0 < 1 })
  }

  /// The weights of log losses at their start are equal: λ_o = (1 / L_o) / Σ 1 / L_p.
  @Test func famoWeighsRelativeChangesAlike() throws {
    let trial = try BalancerTrial("famo", count: 2)
    let (_, weights) = trial.loss(of: [0.2, 0.8], shares: [0.5, 0.5])
    expectClose(weights.map { $0 / 2 }, [0.8, 0.2], absolute: 1e-6)
  }

  /// z moves away from an objective that fell, toward one that did not.
  @Test func famoFavorsWhatFellLess() throws {
    let trial = try BalancerTrial("famo", count: 2)
    for _ in 0..<50 {
      trial.balancer.learn(from: [0.5, 0.5], after: [0.3, 0.5], shares: [0.5, 0.5])
    }
    let (_, weights) = trial.loss(of: [0.5, 0.5], shares: [0.5, 0.5])
    #expect(weights[1] > weights[0] && weights[0] > 0)
    // ξ moves by β z_1 z_2 (δ_1 - δ_2) at first.
    let once = try BalancerTrial("famo", count: 2)
    once.balancer.learn(from: [0.5, 0.5], after: [0.25, 0.5], shares: [0.5, 0.5])
    let (_, first) = once.loss(of: [0.5, 0.5], shares: [0.5, 0.5])
    let move = 0.025 * 0.25 * log(2)
    expectClose([log(first[1] / first[0])], [2 * move], absolute: 1e-6)
  }
}
