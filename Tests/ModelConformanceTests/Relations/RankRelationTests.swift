import Configuration
import Foundation
import Ranking
import TensorCore
import TestKit
import Testing
import Training

/// What training by several ranks has in common with training by one.
@Suite("Training by several ranks") struct RankRelationTests {
  private static let shared = ConformanceCase.entries.first { $0.card.id == "mmoe" }

  private func training(
    _ options: [String: ConfigurationValue] = [:], settings: [String: ConfigurationValue] = [:],
    rowLimit: Int = 100_000
  ) throws -> RankedTraining {
    let entry = try #require(Self.shared)
    return RankedTraining(
      model: ConformanceCase(
        entry: entry, settings: ["batchNorm": .bool(true)].merging(settings) { $1 },
        tiny: .twoLevels),
      options: options, rowLimit: rowLimit)
  }

  /// Every balancer that does not need the gradients of objectives.
  static let balancers = balancerCatalog.filter { !$0.usesGradients }.map { $0.card.id }

  @Test(arguments: balancers, BalanceAxis.allCases)
  func balancesTheLossesOfTheWholeBatch(balancer: String, axis: BalanceAxis) throws {
    // Large random weights make a rounding difference at the corner of a rectifier visible.
    try expectAgreement(
      of: training(
        [
          "balancing": .string(balancer), "balanceAxis": .string(axis.rawValue),
          "epochs": .integer(2),
        ], settings: ["activation": .string("tanh")]))
  }

  /// Everything that looks at more than one row of a batch, and every update rule.
  static let options: [[String: ConfigurationValue]] = [
    ["lossReduction": .string("cell")], ["lossReduction": .string("squareRoot")],
    ["maximumGradientNorm": .number(0.05)], ["embeddingUpdates": .string("denseExact")],
    ["embeddingUpdates": .string("denseExact"), "embeddingWeightDecay": .number(0.1)],
    ["embeddingUpdates": .string("denseExact"), "maximumGradientNorm": .number(0.05)],
    ["weightDecay": .number(0.1), "embeddingWeightDecay": .number(0.1)],
    ["balancing": .string("dwa"), "epochs": .integer(4)],
    ["optimizer": .string("adagrad"), "epsilon": .number(0.1)],
    ["optimizer": .string("adam"), "epsilon": .number(0.1)],
    ["optimizer": .string("adamw"), "epsilon": .number(0.1), "weightDecay": .number(0.1)],
  ]

  @Test(arguments: options) func agreesWithOneProcess(_ options: [String: ConfigurationValue])
    throws
  {
    try expectAgreement(of: training(options))
  }

  private func expectAgreement(of training: RankedTraining) throws {
    let one = try training.results(rankCount: 1)[0]
    for count in [2, 3] {
      let several = try training.results(rankCount: count)
      for rank in several {
        let difference = largestDifference(rank.weights, one.weights)
        #expect(difference < 5e-5, "\(count) ranks: \(difference)")
        #expect(rank.curve == several[0].curve)
      }
      for (point, other) in zip(several[0].curve, one.curve) {
        #expect(abs(point.loss.total - other.loss.total) < 1e-4)
        #expect(abs(point.loss.crossEntropy - other.loss.crossEntropy) < 1e-4)
      }
    }
  }

  @Test(arguments: [1, 3]) func dividesABatchWithFewerRowsThanRanks(batchSize: Int) throws {
    let training = try training(
      ["batchSize": .integer(batchSize), "learningRate": .number(0.01)],
      settings: ["batchNorm": .bool(false)])
    let one = try training.weights(rankCount: 1)[0]
    let many = try training.weights(rankCount: 5)
    #expect(largestDifference(many[4], one) < 5e-5)
  }

  @Test(arguments: ["lazy", "denseExact"], [0.0, 0.05])
  func givesTheSameBitsWithDividedTables(updates: String, norm: Double) throws {
    let options: [String: ConfigurationValue] = [
      "embeddingUpdates": .string(updates), "optimizer": .string("adam"),
      "maximumGradientNorm": .number(norm),
    ]
    for count in [2, 3] {
      let whole = try training(options).results(rankCount: count)
      let divided = try training(options, rowLimit: 2).results(rankCount: count)
      #expect(divided[0].model.store.parameters.contains { $0.value.count < $0.count })
      #expect(divided[0].curve == whole[0].curve)
      for (place, parameter) in divided[0].model.store.parameters.enumerated() {
        let parts = divided.map { $0.model.store.parameters[place].value }
        let values = whole[0].model.store.parameters[place].value
        if parts[0].count == parameter.count {
          #expect(bits(parts[0]) == bits(values), "\(parameter.name)")
          continue
        }
        let width = values.columnCount
        for row in 0..<values.rowCount {
          let found = parts[row % count].values[row / count * width..<(row / count + 1) * width]
          #expect(Array(found) == Array(values.values[row * width..<(row + 1) * width]))
        }
      }
    }
  }

  @Test(arguments: [100_000, 2]) func resumesToTheSameBits(rowLimit: Int) throws {
    let training = try training(
      ["optimizer": .string("adam"), "epochs": .integer(2)], settings: ["dropout": .number(0.2)],
      rowLimit: rowLimit)
    try withTemporaryFolder { folder in
      let path = folder.path + "/checkpoint"
      let whole = try training.results(rankCount: 2)
      _ = try training.results(rankCount: 2, stoppingAt: .init(step: 4, path: path))
      let resumed = try training.results(rankCount: 2, resumingFrom: path)
      for (a, b) in zip(resumed, whole) {
        #expect(a.weights.map(bits) == b.weights.map(bits))
        #expect(a.curve == b.curve)
      }
    }
  }

  @Test(arguments: [1, 2, 4], [1, 2, 4]) func anyNumberOfRanksResumesACheckpoint(from: Int, to: Int)
    throws
  {
    let training = try training(
      [
        "optimizer": .string("adam"), "epsilon": .number(0.1), "epochs": .integer(2),
        "keptWeights": .string("best"),
      ], rowLimit: 2)
    try withTemporaryFolder { folder in
      let path = folder.path + "/checkpoint"
      let whole = try training.results(rankCount: 1)[0]
      _ = try training.results(rankCount: from, stoppingAt: .init(step: 4, path: path))
      let last = try training.results(rankCount: to, resumingFrom: path)[0]
      for (place, parameter) in last.model.store.parameters.enumerated()
      where parameter.value.count == parameter.count {
        let expected = whole.model.store.parameters[place].value
        #expect(largestDifference([parameter.value], [expected]) < 5e-5, "\(parameter.name)")
      }
      for (a, b) in zip(last.curve, whole.curve) {
        #expect(abs(a.loss.total - b.loss.total) < 1e-4)
      }
    }
  }

  @Test func writesTheWeightsOfOneProcess() throws {
    try withTemporaryFolder { folder in
      let entry = try #require(Self.shared)
      let settings = entry.smallSettings([:])
      let problem = TinyProblem.oneLevel.problem
      @Sendable func save(_ model: BuiltModel, _ name: String) throws {
        try WeightFile.save(model, to: folder.path + "/" + name)
      }
      try save(entry.build(settings, for: problem, seed: 5), "one")
      _ = try withRanks(3, replicatedRowLimit: 1) { ranks in
        let model = try entry.build(settings, for: problem, seed: 5, ranks: ranks)
        try save(model, "three")
        try WeightFile.load(into: model, from: folder.path + "/one")
        try save(model, "again")
      }
      let one = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/one"))
      for name in ["three", "again"] {
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name)) == one)
      }
    }
  }

  @Test(arguments: [2, 3], [7, 150, 1000]) func evaluatesAsOneProcessDoes(count: Int, batch: Int)
    throws
  {
    let entry = try #require(Self.shared)
    let tiny = TinyProblem.twoLevels
    let one = try entry.buildSmall([:], for: tiny.problem, seed: 2)
    one.shake()
    let expected = try one.evaluate(on: ValidationSplit(tiny.validation), batchSize: batch)
    try withTemporaryFolder { folder in
      try WeightFile.save(one, to: folder.path + "/weights")
      let found = try withRanks(count, replicatedRowLimit: 2) { ranks in
        let model = try entry.build(
          entry.smallSettings([:]), for: tiny.problem, seed: 2, ranks: ranks)
        try WeightFile.load(into: model, from: folder.path + "/weights")
        return try model.evaluate(on: ValidationSplit(tiny.validation), batchSize: batch)
      }
      for evaluation in found {
        #expect(bits(evaluation.logits) == bits(expected.logits))
        #expect(evaluation.grid == expected.grid)
      }
    }
  }

  @Test func drawsOtherNoiseForTheRowsOfEveryRank() throws {
    let training = try training(settings: ["dropout": .number(0.5)])
    let two = try training.weights(rankCount: 2)
    #expect(two[0].map(bits) == two[1].map(bits))
    let tape = Tape()
    let drawn = try withRanks(3) { ranks in
      let context = ForwardContext.training(
        tape: Tape(), streams: RandomStreams(seed: 1), at: TrainingMoment(step: 4), ranks: ranks)
      return [context.stream("dropout"), context.ofWholeBatch.stream("all")].map { $0.key }
    }
    let one = ForwardContext.training(tape: tape, streams: RandomStreams(seed: 1), step: 4)
    #expect(drawn[0] == [one.stream("dropout").key, one.stream("all").key])
    #expect(Set(drawn.map { $0[0] }).count == 3 && Set(drawn.map { $0[1] }).count == 1)
  }
}
