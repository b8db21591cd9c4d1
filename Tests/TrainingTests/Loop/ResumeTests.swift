import Configuration
import Foundation
import TestKit
import Testing

// Internal: WeightSnapshot.
@testable import Training

@Suite struct ResumeTests {
  /// What a test compares: everything that training leaves behind but wall times.
  struct Trace: Equatable {
    var weights: [[UInt32]]
    var state: [[UInt32]]
    var curve: [CurvePoint]
    var best: Double?
    var bestStep: Int
    var steps: Int
    var grid: MetricGrid

    init(_ session: TrainingSession, _ outcome: TrainingOutcome) {
      weights = bits(of: session.model)
      state = session.phases[0].optimizer.state.map { $0.value.values.map(\.bitPattern) }
      curve = outcome.curve
      best = outcome.bestValue
      bestStep = outcome.bestStep
      steps = outcome.stepCount
      grid = outcome.validation
    }
  }

  @Test(arguments: optimizerIDs, EmbeddingUpdates.allCases)
  func interruptedAndResumedEqualsUninterrupted(
    optimizer: String, updates: EmbeddingUpdates
  ) throws {
    let options: [String: ConfigurationValue] = [
      "optimizer": .string(optimizer), "embeddingUpdates": .string(updates.rawValue),
      "weightDecay": .number(1e-3), "embeddingWeightDecay": .number(1e-4),
      "maximumGradientNorm": .number(1), "schedule": .string("cosine"), "warmUpSteps": .integer(4),
      "evaluationsPerEpoch": .integer(2), "epochs": .integer(4),
    ]
    let straight = try toySession(options)
    let expected = Trace(straight, try #require(try straight.run().outcome))
    for stop in [1, 2, 5, 7, 10, 19] {
      let trace = try stoppedAndResumed(options, at: [stop])
      #expect(trace == expected, "\(optimizer) \(updates) stopped after step \(stop)")
    }
    #expect(try stoppedAndResumed(options, at: [3, 4, 5, 13]) == expected)
  }

  @Test func keepingTheLastWeightsSurvivesAnInterruption() throws {
    let options: [String: ConfigurationValue] = ["keptWeights": .string("last")]
    let straight = try toySession(options)
    let expected = Trace(straight, try #require(try straight.run().outcome))
    for stop in [1, 5, 7, 14] {
      #expect(try stoppedAndResumed(options, at: [stop]) == expected, "stopped after \(stop)")
    }
  }

  @Test func fewerRowsAndFixedSeedsSurviveAnInterruption() throws {
    let options: [String: ConfigurationValue] = [
      "trainingShare": .number(0.6), "scenarioShares": ["b": 0.5].configuration,
      "fixedSeeds": .object(["order": .integer(4), "noise": .integer(5)]),
    ]
    let straight = try toySession(options)
    let expected = Trace(straight, try #require(try straight.run().outcome))
    for stop in [1, 4] {
      #expect(try stoppedAndResumed(options, at: [stop]) == expected, "stopped after \(stop)")
    }
  }

  @Test func earlyStoppingFiresAtTheSameStepAfterResuming() throws {
    let options: [String: ConfigurationValue] = [
      "patience": .integer(3), "epochs": .integer(60), "learningRate": .number(0.5),
      "monitor": .string("logLoss/macro"),
    ]
    let straight = try toySession(options)
    let outcome = try #require(try straight.run().outcome)
    #expect(outcome.stoppedEarly)
    let expected = Trace(straight, outcome)
    for stop in [outcome.bestStep, outcome.bestStep + 2, outcome.stepCount - 1] {
      #expect(try stoppedAndResumed(options, at: [stop]) == expected, "stopped after \(stop)")
    }
  }

  @Test func goesOnInTheSameSessionAfterAnInterruption() throws {
    let straight = try toySession()
    _ = try straight.run()
    let session = try toySession()
    let result = try session.run(shouldStop: { session.step == 7 })
    guard case .interrupted(step: 7) = result else {
      Issue.record("\(result)")
      return
    }
    _ = try session.run()
    #expect(bits(of: session.model) == bits(of: straight.model))
  }

  @Test func writesACheckpointWheneverTheIntervalHasPassed() throws {
    try withTemporaryPath { folder in
      let policy = CheckpointPolicy(path: folder + "/checkpoint", interval: .zero)
      var saved: [Int] = []
      _ = try toySession(["epochs": .integer(1)]).run(
        checkpoints: policy,
        observer: { event in
          if case .savedCheckpoint(let step) = event { saved.append(step) }
        })
      #expect(saved == [1, 2, 3, 4])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder) == ["checkpoint"])
    }
  }

  /// Trains in several processes' stead: every part starts from a new model and the file alone.
  private func stoppedAndResumed(_ options: [String: ConfigurationValue], at stops: [Int]) throws
    -> Trace
  {
    try withTemporaryPath { folder in
      let policy = CheckpointPolicy(
        path: folder + "/checkpoint.safetensors", interval: nil, configurationDigest: "d")
      for (index, stop) in stops.enumerated() {
        let session = try toySession(options, model: ToyModel.built(seed: 100 + UInt64(index)))
        if index == 0 {
          WeightSnapshot(of: try ToyModel.built().store).restore(to: session.model.store)
        } else {
          try session.resume(from: policy)
        }
        let result = try session.run(checkpoints: policy, shouldStop: { session.step >= stop })
        guard case .interrupted(step: stop) = result else {
          throw Diagnostic("not interrupted at step \(stop)")
        }
      }
      let session = try toySession(options, model: ToyModel.built(seed: 99))
      try session.resume(from: policy)
      #expect(session.step == stops.last)
      return Trace(session, try #require(try session.run(checkpoints: policy).outcome))
    }
  }
}
