import Configuration
import Ranking
import TensorCore
import Testing

// Internal: batches, optimizer, phases.
@testable import Training

@Suite struct TrainingSessionTests {
  @Test(arguments: optimizerIDs)
  func learnsTheToyProblem(optimizer: String) throws {
    let rate = ["sgd": 0.2, "lion": 0.01][optimizer] ?? 0.05
    let session = try toySession([
      "optimizer": .string(optimizer), "learningRate": .number(rate),
      "epochs": .integer(6),
    ])
    let before = try session.model.evaluate(on: ValidationSplit(ToyRows(count: 200, seed: 2)))
    let outcome = try #require(try session.run().outcome)
    let start = try #require(try before.grid.value(MetricName("auc/click")))
    let end = try #require(try outcome.validation.value(MetricName("auc/click")))
    #expect(end > start + 0.1, "\(optimizer): \(start) to \(end)")
    #expect(outcome.curve.count == 6)
    #expect(outcome.curve[5].loss.total < outcome.curve[0].loss.total)
  }

  @Test func sameSeedGivesTheSameBitsForAnyNumberOfThreads() throws {
    defer { Parallelism.use(threadCount: 1) }
    let weights = try [1, 2, 3].map { threads in
      Parallelism.use(threadCount: threads)
      let session = try toySession()
      _ = try session.run()
      return bits(of: session.model)
    }
    #expect(weights[0] == weights[1])
    #expect(weights[0] == weights[2])
  }

  /// A limit that no gradient reaches makes the optimizer wait for all of them.
  @Test(arguments: optimizerIDs)
  func updatesInPassingGiveTheBitsOfUpdatesAtTheEnd(optimizer: String) throws {
    let sessions = try [0, 1e6].map { limit in
      let session = try toySession([
        "optimizer": .string(optimizer), "maximumGradientNorm": .number(limit),
        "weightDecay": .number(0.01),
      ])
      _ = try session.run()
      return session
    }
    #expect(bits(of: sessions[0].model) == bits(of: sessions[1].model))
    let states = sessions.map {
      $0.phases[0].optimizer.state.map { $0.value.values.map(\.bitPattern) }
    }
    #expect(states[0] == states[1])
  }

  @Test func anotherSeedGivesAnotherRowOrder() throws {
    let weights = try [UInt64(1), 2].map { seed in
      let session = try toySession(model: ToyModel.built(["dropout": .number(0)]), seed: seed)
      _ = try session.run()
      return bits(of: session.model)
    }
    #expect(weights[0] != weights[1])
  }

  @Test func everyRowIsSeenOnceInAnEpochAndTheLastShortBatchIsKept() throws {
    var rows: [Int] = []
    _ = try toySession().run(observer: { event in
      if case .step(let report) = event { rows.append(report.rowCount) }
    })
    #expect(rows == [64, 64, 64, 64, 44, 64, 64, 64, 64, 44, 64, 64, 64, 64, 44])
    let batches = try toySession().batches.prefetched(epoch: 0, from: 0)
    var seen: [[Float]] = []
    while let batch = try batches.next() {
      let values = batch.rows.batch.numericals.values
      seen += stride(from: 0, to: values.count, by: 2).map { Array(values[$0..<$0 + 2]) }
    }
    let all = ToyRows(count: 300, seed: 1).numericals
    let expected = stride(from: 0, to: all.count, by: 2).map { Array(all[$0..<$0 + 2]) }
    #expect(seen != expected)
    #expect(seen.sorted { $0[0] < $1[0] } == expected.sorted { $0[0] < $1[0] })
  }

  @Test func evaluatesAtEvenPartsOfAnEpoch() throws {
    let outcome = try #require(
      try toySession(["evaluationsPerEpoch": .integer(2), "epochs": .integer(2)]).run().outcome)
    #expect(outcome.curve.map(\.step) == [3, 5, 8, 10])
    let often = try #require(
      try toySession(["evaluationsPerEpoch": .integer(100), "epochs": .integer(1)]).run().outcome)
    #expect(often.curve.map(\.step) == [1, 2, 3, 4, 5])
  }

  @Test func stopsForWantOfImprovementAndKeepsTheBestWeights() throws {
    let session = try toySession([
      "patience": .integer(2), "epochs": .integer(60), "learningRate": .number(0.5),
      "monitor": .string("logLoss/macro"),
    ])
    let outcome = try #require(try session.run().outcome)
    #expect(outcome.stoppedEarly)
    #expect(outcome.stepCount == outcome.bestStep + 2 * outcome.stepsPerEpoch)
    let values = outcome.curve.compactMap { point in
      point.validation.first { $0.name.description == "logLoss/macro" }?.value
    }
    #expect(values.count == outcome.curve.count)
    #expect(values.min() == outcome.bestValue)
    try expectBestWeights(session, outcome)
  }

  @Test func keepsTheBestWeightsAlsoWithoutEarlyStopping() throws {
    let session = try toySession([
      "epochs": .integer(12), "learningRate": .number(0.5), "monitor": .string("logLoss/macro"),
    ])
    let outcome = try #require(try session.run().outcome)
    #expect(!outcome.stoppedEarly)
    #expect(outcome.bestStep < outcome.stepCount)
    try expectBestWeights(session, outcome)
  }

  @Test func lastWeightsAreThoseAfterAllEpochsWhateverValidationSays() throws {
    let options: [String: ConfigurationValue] = [
      "keptWeights": .string("last"), "patience": .integer(1), "epochs": .integer(6),
      "learningRate": .number(0.5), "monitor": .string("logLoss/macro"),
    ]
    let session = try toySession(options)
    let outcome = try #require(try session.run().outcome)
    #expect(outcome.stepCount == 30 && outcome.bestStep == 30 && !outcome.stoppedEarly)
    try expectBestWeights(session, outcome)
    let other = try toySession(options, validation: ToyRows(count: 90, seed: 5))
    _ = try other.run()
    #expect(bits(of: other.model) == bits(of: session.model))
  }

  @Test func lastWeightsNeedNoValidationRows() throws {
    let options: [String: ConfigurationValue] = ["keptWeights": .string("last")]
    let session = try toySession(options, validation: ToyRows(count: 0, seed: 1))
    var evaluations = 0
    let outcome = try #require(
      try session.run(observer: { event in
        if case .evaluated(_, let isBest) = event {
          evaluations += 1
          #expect(!isBest)
        }
      }).outcome)
    #expect(outcome.stepCount == 15 && evaluations == 3 && outcome.bestValue == nil)
    #expect(outcome.validation.pooled.allSatisfy { $0.rows == 0 && $0[.auc] == nil })
    #expect(outcome.curve.allSatisfy { $0.validation.allSatisfy { $0.value == nil } })
    let with = try toySession(options)
    _ = try with.run()
    #expect(bits(of: with.model) == bits(of: session.model))
  }

  private func expectBestWeights(_ session: TrainingSession, _ outcome: TrainingOutcome) throws {
    let now = try session.model.evaluate(on: ValidationSplit(ToyRows(count: 200, seed: 2)))
    #expect(now.grid == outcome.validation)
    #expect(try now.grid.value(outcome.monitor) == outcome.bestValue)
  }

  @Test func reportsCountsAndSpeed() throws {
    let session = try toySession()
    let outcome = try #require(try session.run().outcome)
    #expect(outcome.rowCount == 900)
    #expect(outcome.stepCount == 15)
    #expect(outcome.parameterCount == 80 * 4 + 10 * 2 + 2 + 4)
    #expect(outcome.trainingSeconds > 0)
    #expect(abs(outcome.secondsPerEpoch - outcome.trainingSeconds / 3) < 1e-9)
  }

  @Test func evaluationDoesNotDependOnTheBatchSize() throws {
    let model = try ToyModel.built()
    let split = ValidationSplit(ToyRows(count: 200, seed: 2))
    let whole = try model.evaluate(on: split, batchSize: 1000)
    let pieces = try model.evaluate(on: split, batchSize: 7)
    #expect(whole.logits.values.map(\.bitPattern) == pieces.logits.values.map(\.bitPattern))
    #expect(whole.grid == pieces.grid)
    for (p, z) in zip(whole.probabilities.values, whole.logits.values) {
      #expect(abs(p - 1 / (1 + Float.exponential(-z))) < 1e-6)
    }
  }
}

extension Float {
  fileprivate static func exponential(_ x: Float) -> Float { Float(Double(x).exponential) }
}
