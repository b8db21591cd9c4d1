import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

// Internal: predicting with an observer, and the sums of what it sees.
@testable import Training

@Suite("Experts of every model")
struct ExpertInspectionTests {
  private func inspection(_ model: ConformanceCase, batchSize: Int = 4096) throws
    -> ExpertInspection
  {
    let built = try model.build()
    built.shake()
    return try built.inspectExperts(on: TestSplit(model.tiny.test), batchSize: batchSize)
  }

  private func rowCounts(_ tiny: TinyProblem) -> [Int] {
    tiny.problem.scenarios.leafNames.indices.map { leaf in
      tiny.test.rows.count { Int($0.leaf) == leaf }
    }
  }

  @Test(arguments: ConformanceCase.problems)
  func meanWeightsSumToOneInEveryScenario(_ model: ConformanceCase) throws {
    let found = try inspection(model)
    let counts = rowCounts(model.tiny)
    for gate in found.gates {
      for (scenario, cell) in gate.cells.enumerated() {
        guard let cell else { continue }
        #expect(cell.rowCount == counts[scenario], "\(gate.name)")
        expectClose([cell.weights.reduce(0, +)], [1], absolute: 1e-4, gate.name)
        let shares = cell.selected + (cell.specific ?? []) + (cell.shared ?? [])
        #expect(shares.allSatisfy { (0...1).contains($0) }, "\(gate.name)")
        #expect((0...1 + 1e-6).contains(cell.entropy), "\(gate.name): \(cell.entropy)")
      }
    }
    #expect(Set(found.gates.map(\.name)).count == found.gates.count)
    for value in found.similarities.flatMap(\.values).joined() {
      #expect((0...1 + 1e-4).contains(value ?? 0))
    }
    #expect(
      try ExpertInspection(configuration: found.configuration).gates.count == found.gates.count)
  }

  /// Which models have gates over experts, or over something that takes their place.
  @Test func modelsWithGatesShowThem() throws {
    guard ConformanceCase.entries.count == catalog.entries.count else { return }
    let gated = try ConformanceCase.defaults.filter { try !inspection($0).gates.isEmpty }
    #expect(
      gated.map(\.entry.card.id).sorted() == [
        "adatt", "aesm2", "aread", "dselect-k", "hierrec", "hinet", "hmoe", "home", "hyper-gate",
        "m2m", "m3oe", "mmoe", "ple", "sar-net", "snr-trans", "stem",
      ])
  }

  /// The size of batches does not matter beyond rounding, nor does a second pass.
  @Test(arguments: ["aesm2", "ple", "home"])
  func batchesDoNotMatter(id: String) throws {
    let model = try #require(
      ConformanceCase.defaults.first { $0.entry.card.id == id })
    let (whole, parts) = (try inspection(model), try inspection(model, batchSize: 7))
    #expect(whole == (try inspection(model)))
    for (a, b) in zip(whole.gates, parts.gates) {
      for (a, b) in zip(a.cells, b.cells) {
        expectClose(a?.weights ?? [], b?.weights ?? [], absolute: 1e-6)
      }
    }
    #expect(whole.gates.count == parts.gates.count)
  }

  /// What training watches: mean weights over all rows, in batches of several scenarios.
  @Test func batchesOfSeveralScenariosHaveTheSameMeanWeights() throws {
    for model in ConformanceCase.defaults {
      let built = try model.build()
      built.shake()
      let whole = try built.inspectExperts(on: TestSplit(model.tiny.test), sampleSize: 0)
      var tally = GateTally(
        tasks: model.tiny.problem.tasks.map(\.name), scenarioCount: 1, countsWeightsOnly: true)
      _ = try built.predict(
        model.tiny.test, batchSize: 64, precision: .fp32,
        observe: { tally.add($0.observations, scenario: 0, rowCount: $1) })
      let found = Dictionary(uniqueKeysWithValues: tally.uses.map { ($0.name, $0.weights) })
      for gate in whole.gates {
        expectClose(
          found[gate.name] ?? [], gate.weights, absolute: 1e-5,
          "\(model.testDescription): \(gate.name)")
      }
    }
  }

  @Test func gatesOfTasksTellTheTask() throws {
    for id in ["aesm2", "mmoe", "ple", "m3oe", "stem", "hyper-gate", "dselect-k"] {
      let model = try #require(
        ConformanceCase.defaults.first { $0.entry.card.id == id })
      let tasks = Set(try inspection(model).gates.compactMap(\.task))
      #expect(tasks == ["click", "purchase"], "\(id)")
    }
  }

  @Test func specificAndSharedSetsHaveTheirSizes() throws {
    let built = try catalog.entry("aesm2").buildSmall(
      ["scenarioSpecificCount": .integer(2), "scenarioSharedCount": .integer(1)],
      for: TinyProblem.oneLevel.problem, seed: 1)
    let found = try built.inspectExperts(on: TestSplit(TinyProblem.oneLevel.test))
    let gate = try #require(found.gates.first { $0.task == nil })
    for cell in gate.cells.compactMap({ $0 }) {
      expectClose([(cell.specific ?? []).reduce(0, +)], [2], absolute: 1e-9)
      expectClose([(cell.shared ?? []).reduce(0, +)], [1], absolute: 1e-9)
      // A row passes through every expert of its sets, and no other.
      let most = zip(cell.specific ?? [], cell.shared ?? []).map { $0 + $1 }
      #expect(zip(cell.selected, most).allSatisfy { $0 <= $1 + 1e-9 })
      #expect(cell.selected.reduce(0, +) <= 3 + 1e-9)
    }
    #expect(gate.isSparse)
  }

  @Test func similarityIsThatOfRowsThatDoNotSelectTheExpertsToo() throws {
    let built = try catalog.entry("aesm2").buildSmall(
      [:], for: TinyProblem.oneLevel.problem, seed: 1)
    built.shake()
    let split = TestSplit(TinyProblem.oneLevel.test)
    let found = try built.inspectExperts(on: split, sampleSize: 40)
    #expect(found.sampleCount == 40)
    let layer = try #require(found.similarities.first)
    let gate = try #require(found.gates.first { $0.task == nil })
    #expect(layer.values.count == gate.expertCount)
    #expect(try built.inspectExperts(on: split, sampleSize: 0).similarities.isEmpty)
  }

  @Test func predictionsAndWeightsDoNotChange() throws {
    let tiny = TinyProblem.oneLevel
    for model in ConformanceCase.defaults {
      let built = try model.build()
      let before = built.logits(tiny.test.first(30))
      let weights = built.store.parameters.map { bits($0.value) }
      _ = try built.inspectExperts(on: TestSplit(tiny.test))
      #expect(bits(before) == bits(built.logits(tiny.test.first(30))))
      #expect(weights == built.store.parameters.map { bits($0.value) })
    }
  }

  // MARK: - Failure

  @Test func anEmptySplitIsRefused() throws {
    let tiny = TinyProblem.oneLevel
    let built = try catalog.entry("mmoe").buildSmall([:], for: tiny.problem, seed: 1)
    #expect(throws: Diagnostic("the split to inspect has no rows")) {
      try built.inspectExperts(on: TestSplit(InMemoryRows(problem: tiny.problem, rows: [])))
    }
  }

  @Test func anotherProblemIsRefused() throws {
    let built = try catalog.entry("mmoe").buildSmall(
      [:], for: TinyProblem.oneLevel.problem, seed: 1)
    #expect(throws: Diagnostic.self) {
      try built.inspectExperts(on: TestSplit(TinyProblem.twoLevels.test))
    }
  }
}
