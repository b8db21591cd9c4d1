import Configuration
import Foundation
import TensorCore
import TestKit
import Testing

// Internal: balancers that are not public.
@testable import Training

/// Balancers over several epochs beside PyTorch, step by step with their state.
@Suite struct BalancerTrajectoryTests {
  struct Trajectory: Decodable, CustomTestStringConvertible {
    struct Step: Decodable {
      let epoch: Int
      /// a, and L as the balancer is given it: 0 for an objective without a row.
      let shares: [Float]
      let losses: [Double]
      /// What a balancer of losses returns.
      let loss: Double?
      /// Its own parameters after the step.
      let parameters: [Double]?
      /// L after the step.
      let after: [Float]?
      /// The gradients of a L, for a balancer of gradients.
      let gradients: [[Float]]?
      /// The derivatives of the loss by L, or the weights of gradients.
      let weights: [Double]
      /// All weights that chance can lead to.
      let candidates: [[Double]]?
    }

    let id: String
    let settings: [String: FixtureSetting]
    /// The length of the step along the gradient that the balancer's own parameters take.
    let rate: Float
    let steps: [Step]

    var testDescription: String { "\(FixtureSetting.method(id, settings).description)" }

    func trial() throws -> BalancerTrial {
      try BalancerTrial(FixtureSetting.method(id, settings), count: steps[0].shares.count)
    }

    static let all = Result {
      try FixtureFolder.decode([Trajectory].self, from: "training/balancer-trajectories.json")
    }
  }

  /// Every epoch of the trajectories has three steps.
  private func moment(_ step: Int) -> TrainingMoment {
    TrainingMoment(step: step, stepsPerEpoch: 3)
  }

  @Test func everyBalancerWithStateOrChanceIsJudged() throws {
    let judged = Set(try Trajectory.all.get().map(\.id))
    let withState = try BalancerConformanceTests.ids.filter { id in
      let trial = try BalancerTrial(id)
      return !trial.store.tensors.isEmpty || trial.type.usesLossesAfterStep
    }
    #expect(judged.isSuperset(of: withState) && judged.contains("pcgrad"), "\(withState)")
  }

  @Test func lossesAndTheirDerivativesAreThoseOfPyTorch() throws {
    let trajectories = try Trajectory.all.get().filter { $0.steps[0].loss != nil }
    #expect(Set(trajectories.map(\.id)).count == 6)
    for trajectory in trajectories {
      let trial = try trajectory.trial()
      for (number, step) in trajectory.steps.enumerated() {
        let place = "\(trajectory.testDescription), step \(number)"
        #expect(Int(moment(number).epoch) == step.epoch)
        let (loss, weights) = trial.loss(
          of: step.losses, shares: step.shares, at: moment(number), rate: trajectory.rate)
        let derivatives = zip(weights, step.shares).map { $1 > 0 ? $0 * Double($1) : $0 }
        expectClose(loss, try #require(step.loss), relative: 1e-5, absolute: 1e-5, place)
        expectClose(derivatives, step.weights, relative: 1e-5, absolute: 1e-6, place)
        if let parameters = step.parameters {
          let found = trial.store.parameters.flatMap { $0.value.values.map(Double.init) }
          expectClose(found, parameters, absolute: 1e-5, place)
        }
        if let after = step.after {
          trial.balancer.learn(
            from: step.losses.map(Float.init), after: after, shares: step.shares)
        }
      }
    }
  }

  @Test func weightsOfGradientsAreThoseOfPyTorch() throws {
    let trajectories = try Trajectory.all.get().filter {
      $0.steps[0].gradients != nil && $0.steps[0].candidates == nil
    }
    #expect(Set(trajectories.map(\.id)).count == 5)
    for trajectory in trajectories {
      let trial = try trajectory.trial()
      for (number, step) in trajectory.steps.enumerated() {
        let weights = try trial.weightsAgain(
          of: try #require(step.gradients), losses: step.losses.map(Float.init),
          shares: step.shares, at: moment(number))
        let present = zip(weights, step.shares).map { $1 > 0 ? $0 : 0 }
        expectClose(
          present, step.weights, relative: 1e-5, absolute: 1e-6,
          "\(trajectory.testDescription), step \(number)")
      }
    }
  }

  /// The order of projections is drawn; all of them happen.
  @Test func projectionsAreThoseOfPyTorchInSomeOrder() throws {
    let trajectory = try #require(try Trajectory.all.get().first { $0.id == "pcgrad" })
    var mostCandidates = 0
    for step in trajectory.steps {
      let (gradients, candidates) = (try #require(step.gradients), try #require(step.candidates))
      var seen: Set<Int> = []
      for draw in 0..<(candidates.count == 1 ? 3 : 120) {
        let weights = try trajectory.trial().weightsAgain(
          of: gradients, shares: step.shares, at: moment(draw))
        let distances = candidates.map { candidate in
          candidate.indices.filter { step.shares[$0] > 0 }
            .map { abs(candidate[$0] - weights[$0]) / (1 + abs(candidate[$0])) }.max() ?? 0
        }
        let nearest = try #require(distances.indices.min { distances[$0] < distances[$1] })
        expectClose(distances[nearest], 0, absolute: 1e-5, "\(weights)")
        seen.insert(nearest)
      }
      #expect(seen.count == candidates.count)
      mostCandidates = max(mostCandidates, candidates.count)
    }
    #expect(mostCandidates == 8)
  }

  /// λ is K softmax(ξ) for equal shares, ξ of a standard normal distribution.
  @Test func randomWeightsAreExponentialsOfNormalNumbers() throws {
    let trial = try BalancerTrial("rlw")
    let shares: [Float] = [0.5, 0.3, 0.2]
    var differences: [Double] = []
    for step in 0..<3000 {
      let (loss, weights) = trial.loss(of: [1, 1, 1], shares: shares, at: moment(step))
      expectClose(loss, 1, absolute: 1e-6)
      differences += [log(weights[0] / weights[1]), log(weights[1] / weights[2])]
    }
    let count = Double(differences.count)
    let mean = differences.reduce(0, +) / count
    let variance = differences.reduce(0) { $0 + $1 * $1 } / count
    // The quartiles of a normal distribution with variance 2.
    let inner = Double(differences.count { abs($0) < 0.95387 }) / count
    expectClose([mean, variance, inner], [0, 2, 0.5], absolute: 0.1)
  }
}
