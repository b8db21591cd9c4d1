import Baselines
import Configuration
import Foundation
import Ranking
import TensorCore
import TestKit
import Testing
import Training

/// Models that are trained in several phases, in a whole run.
@Suite("Models trained in phases")
struct TrainedInPhasesTests {
  private let tiny = TinyProblem.oneLevel

  private func run(
    _ id: String, _ settings: [String: ConfigurationValue] = [:], epochs: Int = 10
  ) throws -> BuiltModel {
    let built = try catalog.entry(id).buildSmall(settings, for: tiny.problem, seed: 1)
    let session = try TrainingSession(
      model: built,
      options: TrainingOptions(overriding: [
        "batchSize": .integer(100), "epochs": .integer(epochs), "learningRate": .number(0.02),
        "patience": .integer(0), "keptWeights": .string("last"),
      ]),
      training: TrainingSplit(tiny.training), validation: ValidationSplit(tiny.validation), seed: 1)
    _ = try session.run()
    return built
  }

  /// What is shared is trained first, the adapters then; both have moved at the end.
  @Test func mloraTrainsItsTrunkAndThenItsAdapters() throws {
    let fresh = try catalog.entry("mlora").buildSmall([:], for: tiny.problem, seed: 1)
    let built = try run("mlora")
    #expect(built.phases.phases.map(\.groups) == [["main"], ["adapters"]])
    for (before, after) in zip(fresh.store.parameters, built.store.parameters) {
      #expect(bits(before.value) != bits(after.value), "\(after.name)")
      #expect((after.group == "adapters") == after.name.hasPrefix("adapters/"))
    }
  }

  @Test func twoStageHMoETrainsTheMixtureLast() throws {
    let built = try run("hmoe", ["transfer": .string("two-stage")])
    #expect(built.phases.phases.map(\.groups) == [["main"], ["mixture"]])
    let fresh = try catalog.entry("hmoe").buildSmall(
      ["transfer": .string("two-stage")], for: tiny.problem, seed: 1)
    #expect(
      bits(try built.weights("mixture/click/weight"))
        != bits(try fresh.weights("mixture/click/weight")))
  }

  /// After the search, gates are 0 or 1 and read the input as the search left it.
  @Test func autoIFSFixesItsGatesAfterTheSearch() throws {
    let built = try run("autoifs")
    #expect(built.moment.phase == "training")
    let searched = try #require(built.store.buffers.first { $0.name == "gates/input/table" })
    let table = try built.weights("input/table")
    #expect(bits(searched.value) != bits(table))
    let rows = tiny.training.first(60)
    let before = bits(built.logits(rows))
    // Gates depend on the sign of their logits alone.
    for parameter in built.store.parameters where parameter.name.hasPrefix("gates/task/") {
      parameter.value.assign(
        Tensor(parameter.value.values.map { 3 * $0 }, shape: parameter.value.shape))
    }
    #expect(bits(built.logits(rows)) == before)
    try built.setWeights(to: 0) { $0.contains(/^gates\/task\/\w+\/weight$/) }
    try built.setWeights(to: 1) { $0.contains(/^gates\/task\/\w+\/bias$/) }
    #expect(bits(built.logits(rows)) != before)
  }

  /// Weights of the search survive a file, with the copy that gates read.
  @Test func autoIFSPredictsTheSameFromItsFile() throws {
    let built = try run("autoifs")
    let other = try catalog.entry("autoifs").buildSmall([:], for: tiny.problem, seed: 2)
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("weights.safetensors").path
      try WeightFile.save(built, to: path)
      try WeightFile.load(into: other, from: path)
    }
    let rows = tiny.validation.first(40)
    #expect(bits(other.logits(rows)) == bits(built.logits(rows)))
  }

  @Test func m3oeTrainsWeightsAndBalance() throws {
    for settings in [[:], ["balanceRows": ConfigurationValue.number(0.2)]] {
      let built = try run("m3oe", settings)
      let balance = built.store.parameters.filter { $0.group == "balance" }
      #expect(balance.count == 4 && balance.allSatisfy { $0.value.values != [1] })
    }
  }

  /// Gate values are known where gates read nothing but their biases: a brute-force list of all edges says which go.
  @Test func areadRemovesTheConnectionsWithTheLeastGateValues() throws {
    let counts = [3, 4, 5]
    let built = try catalog.entry("aread").buildSmall(
      [
        "levelCounts": .list(counts.map(ConfigurationValue.integer)),
        "levelSizes": .list([.integer(6), .integer(5), .integer(4)]), "pruningSteps": .integer(2),
        "keptShare": .number(0.7), "prunedShare": .number(0.2),
      ], for: tiny.problem, seed: 1)
    try built.setWeights(to: 0) { $0.contains(/^levels\/[12]\/gates\/weight$/) }
    let biases = try [1, 2].map { level in
      let bias = try built.weights("levels/\(level)/gates/bias")
      bias.assign(Tensor(normal: "bias/\(level)", shape: bias.shape, deviation: 1))
      return bias.values.map(Double.init)
    }
    var kept = biases.map { $0.map { _ in true } }
    for (step, share) in [(0, 0.3), (1, 0), (2, 0.2), (3, 0), (4, 0.2)] {
      _ = built(
        tiny.training.first(30).batch,
        in: .training(
          tape: Tape(), streams: RandomStreams(seed: 1),
          at: TrainingMoment(step: 100 + step, phase: "pruning", phaseStep: step)))
      kept = withoutLeast(share, of: kept, biases, counts)
      for level in 0..<2 {
        let mask = try #require(
          built.store.buffers.first { $0.name == "connections/\(level + 1)/mask" }
        ).value
        for leaf in 0..<3 {
          let width = mask.columnCount
          let own = mask.values[leaf * width..<(leaf + 1) * width].map { $0 != 0 }
          #expect(own == kept[level], "level \(level + 1) of leaf \(leaf), step \(step)")
        }
      }
    }
  }

  /// Removes the share of edges (level, tower, tower below) with the least softmax over the kept ones of a tower
  /// times the number of towers below, then edges that lead nowhere.
  private func withoutLeast(
    _ share: Double, of kept: [[Bool]], _ biases: [[Double]], _ counts: [Int]
  ) -> [[Bool]] {
    var kept = kept
    var edges: [(value: Double, level: Int, place: Int)] = []
    for level in 0..<2 {
      let below = counts[level]
      for tower in 0..<counts[level + 1] {
        let places = (0..<below).map { tower * below + $0 }.filter { kept[level][$0] }
        let sum = places.reduce(0) { $0 + exp(biases[level][$1]) }
        edges += places.map { (exp(biases[level][$0]) / sum * Double(below), level, $0) }
      }
    }
    for edge in edges.sorted(by: { $0.value < $1.value }).prefix(Int(share * Double(edges.count))) {
      kept[edge.level][edge.place] = false
    }
    for _ in 0..<10 {
      for tower in 0..<counts[1] {
        let inputs = (0..<counts[0]).map { tower * counts[0] + $0 }
        let outputs = (0..<counts[2]).map { $0 * counts[1] + tower }
        let (hasInput, hasOutput) = (
          inputs.contains { kept[0][$0] }, outputs.contains { kept[1][$0] }
        )
        if !hasInput { for edge in outputs { kept[1][edge] = false } }
        if !hasOutput { for edge in inputs { kept[0][edge] = false } }
      }
    }
    return kept
  }

  /// Every leaf keeps a path through its levels, and predicts by it.
  @Test(arguments: [0.7, 0.3]) func areadRemovesConnectionsAndKeepsAPath(keptShare: Double) throws {
    let settings: [String: ConfigurationValue] = [
      "levelCounts": .list([.integer(3), .integer(4), .integer(5)]),
      "levelSizes": .list([.integer(6), .integer(5), .integer(4)]), "pruningSteps": .integer(1),
      "keptShare": .number(keptShare), "prunedShare": .number(0.2),
    ]
    let built = try run("aread", settings)
    let masks = try [1, 2].map { level in
      try #require(built.store.buffers.first { $0.name == "connections/\(level)/mask" }).value
    }
    #expect(masks.map(\.shape) == [[3, 12], [3, 20]])
    for leaf in 0..<3 {
      let kept = masks.map { mask in
        let width = mask.columnCount
        return mask.values[leaf * width..<(leaf + 1) * width].map { $0 != 0 }
      }
      #expect(kept[0].contains(true) && kept[1].contains(true))
      #expect(kept[0].contains(false) || kept[1].contains(false))
      for tower in 0..<4 {
        let hasInput = (0..<3).contains { kept[0][tower * 3 + $0] }
        let hasOutput = (0..<5).contains { kept[1][$0 * 4 + tower] }
        #expect(hasInput == hasOutput, "tower \(tower) of leaf \(leaf)")
      }
    }
    let entry = try catalog.entry("aread")
    let expected = try NaiveAREAD.logits(
      of: tiny.validation.rows.prefix(30), from: built,
      settings: entry.resolve(entry.smallSettings(settings)))
    expectClose(
      built.logits(tiny.validation.first(30)).values.map(Double.init), expected, relative: 1e-4,
      absolute: 1e-4)
  }
}
