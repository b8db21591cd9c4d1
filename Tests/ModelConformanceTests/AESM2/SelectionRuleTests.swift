import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

// Internal: SelectionLayer.
@testable import AESM2

extension LayerCase {
  /// A rule with one or two specific and two shared experts of eight.
  init(_ rule: SelectionRule, _ change: (inout AESM2Hyperparameters) -> Void = { _ in }) {
    self.init(rule.rawValue) {
      $0.selection = rule
      change(&$0)
    }
  }
}

/// Which experts rows select by rules other than divergences.
@Suite("Rules of selection of AESM²")
struct SelectionRuleTests {
  private static let disjoint = SelectionRule.allCases.filter { $0 != .kl && $0 != .dense }

  /// The ids of 60 rows in two fields, each combination for several rows of several gates.
  private static let ids = (0..<Int32(LayerSetup.rowCount)).flatMap { [$0 % 2, $0 % 5] }

  /// The experts that every row selects.
  private func selected(
    _ layer: LayerCase, in context: (Observer) -> ForwardContext = { .evaluation(observer: $0) }
  ) throws -> [Set<Int>] {
    let setup = LayerSetup(layer.settings)
    return try selected(setup, in: context)
  }

  private func selected(
    _ setup: LayerSetup, in context: (Observer) -> ForwardContext = { .evaluation(observer: $0) }
  ) throws -> [Set<Int>] {
    let observer = Observer()
    _ = setup.layer.output(
      Variable(setup.z), indicator: Variable(setup.indicator), own: setup.own, ids: Self.ids,
      in: context(observer))
    let weights = try #require(observer.observations.first).value
    return rows(weights).map { row in Set(row.indices.filter { row[$0] > 0 }) }
  }

  private func training(_ observer: Observer) -> ForwardContext {
    .training(tape: Tape(), streams: RandomStreams(seed: 3), step: 0, observer: observer)
  }

  @Test(arguments: disjoint, [(2, 2), (1, 2), (3, 0), (0, 3), (5, 3)])
  func everyRowSelectsAsManyAsTheSettingsSay(_ rule: SelectionRule, _ counts: (Int, Int)) throws {
    let layer = LayerCase(rule) {
      ($0.scenarioSpecificCount, $0.scenarioSharedCount) = counts
      $0.noise = 1
    }
    for sets in [try selected(layer), try selected(layer, in: training)] {
      #expect(sets.allSatisfy { $0.count == counts.0 + counts.1 })
    }
  }

  @Test func aRandomSelectionIsTheGatesAndSharesWhatIsShared() throws {
    let layer = LayerCase(.random)
    let setup = LayerSetup(layer.settings)
    let sets = try selected(setup)
    let ofGates = (0..<LayerSetup.gateCount).map { sets[$0] }
    for (row, gate) in setup.own.enumerated() { #expect(sets[row] == ofGates[Int(gate)]) }
    let common = ofGates.dropFirst().reduce(ofGates[0]) { $0.intersection($1) }
    #expect(common.count >= 2)
    #expect(Set(ofGates).count > 1)
    // Whatever is learned.
    for parameter in setup.store.parameters {
      parameter.value.assign(Tensor(normal: "other", shape: parameter.value.shape))
    }
    #expect(try selected(setup) == sets)
    #expect(try selected(setup, in: training) == sets)
  }

  @Test func anotherSeedDrawsOtherExperts() throws {
    let claims = try [1, 2].map { (seed: UInt64) in
      let built = try catalog.entry("aesm2").buildSmall(
        ["selection": .string("random")], for: TinyProblem.oneLevel.problem, seed: seed)
      return try #require(built.store.buffers.first { $0.name == "scenario/0/0/claims" }).value
    }
    #expect(bits(claims[0]) != bits(claims[1]))
  }

  @Test func expertsThatNoGateDrewAreThoseOfTheNoteAndGetNoGradient() throws {
    let tiny = TinyProblem.oneLevel
    let built = try catalog.entry("aesm2").buildSmall(
      ["selection": .string("random"), "activation": .string("leaky-relu")], for: tiny.problem,
      seed: 1)
    built.shake()
    built.train(tiny.training.all)
    let notes = ["scenario/0/0", "task/0"].compactMap { layer -> String? in
      let unused = (0..<8).count { k in
        built.store.parameters.filter { $0.name.hasPrefix("\(layer)/experts/\(k)/") }
          .allSatisfy(\.hasZeroGradient)
      }
      return unused == 0
        ? nil : "\(layer): \(unused) of 8 experts are drawn for no gate and never trained."
    }
    #expect(built.notes == notes)
    #expect(notes.contains { $0.hasPrefix("task/0") }, "two tasks cannot select eight experts")
  }

  @Test func aHashedSelectionIsTheIdsAndTheGates() throws {
    let layer = LayerCase(.hash)
    let setup = LayerSetup(layer.settings)
    let sets = try selected(setup)
    var known: [[Int32]: Set<Int>] = [:]
    for (row, gate) in setup.own.enumerated() {
      let key = [gate, Self.ids[2 * row], Self.ids[2 * row + 1]]
      #expect(known[key] == nil || known[key] == sets[row])
      known[key] = sets[row]
    }
    #expect(known.count < sets.count, "no two rows are alike")
    #expect(Set(sets).count > 10)
    // Rows with the same ids share experts, whatever their gates.
    for ids in Set(known.keys.map { Array($0[1...]) }) {
      let alike = known.filter { Array($0.key[1...]) == ids }.map(\.value)
      #expect(alike.dropFirst().reduce(alike[0]) { $0.intersection($1) }.count >= 2)
    }
    #expect(try selected(setup, in: training) == sets)
  }

  /// The count of an expert is binomial but for rows that share a draw, of which there are none here.
  @Test func hashesSpreadRowsEvenly() {
    let (rowCount, n, count) = (4000, 8, 4)
    let gates = GateOutputs(
      input: Variable(Tensor(zeros: [rowCount, 1])),
      logits: Variable(Tensor(zeros: [rowCount, 2, n])),
      own: (0..<Int32(rowCount)).map { $0 % 2 }, ids: (0..<Int32(rowCount)).map { $0 / 2 })
    let choice = HashSelection(specificCount: 2, sharedCount: 2, path: "layer")
      .choice(for: gates, pooled: nil, in: .evaluation())
    for k in 0..<n {
      let chosen = stride(from: k, to: rowCount * n, by: n).count { choice.selected[$0] != 0 }
      // Shared experts are drawn for two rows at once: at most twice the binomial variance.
      let deviation = (2 * Double(rowCount) * 0.25).squareRoot()
      #expect(abs(Double(chosen) - Double(rowCount * count / n)) < 4 * deviation, "\(k): \(chosen)")
    }
  }

  /// Every task has its own input and gate, but all of a row's tasks share the experts that they agree on.
  @Test func tasksOfARowShareExpertsFirst() throws {
    let tiny = TinyProblem.twoLevels
    let built = try catalog.entry("aesm2").buildSmall(
      [
        "selection": .string("shared-first"), "taskLayerCount": .integer(2),
        "taskSpecificCount": .integer(1),
      ], for: tiny.problem, seed: 1)
    built.shake()
    let observer = Observer()
    _ = built.logits(tiny.training.first(60), observer: observer)
    for layer in ["task/0/weights", "task/1/weights"] {
      let sets = observer.observations.filter { $0.name == layer }.map { observation in
        rows(observation.value).map { row in Set(row.indices.filter { row[$0] > 0 }) }
      }
      try #require(sets.count == 2)
      let common = zip(sets[0], sets[1]).map { $0.intersection($1).count }
      #expect(common.allSatisfy { $0 >= 2 }, "\(layer)")
      #expect(common.contains(2), "\(layer): no task has an expert of its own")
    }
  }

  @Test func topKFollowsTheOwnGateAlone() throws {
    let setup = LayerSetup(LayerCase(.topK) { $0.scenarioSharedCount = 0 }.settings)
    let sets = try selected(setup)
    for (row, z) in rows(setup.z).enumerated() {
      let own = try setup.naive.logits(z, rows(setup.indicator)[row])[Int(setup.own[row])]
      let best = own.indices.sorted { own[$0] > own[$1] }.prefix(2)
      #expect(sets[row] == Set(best))
    }
  }

  @Test func noiseChangesWhatTopKSelectsInTrainingAlone() throws {
    for rule in [SelectionRule.topK, .promptTopK] {
      let quiet = LayerCase(rule)
      let noisy = LayerCase(rule) { $0.noise = 10 }
      #expect(try selected(noisy) == selected(quiet))
      #expect(try selected(noisy, in: training) != selected(noisy))
      #expect(try selected(quiet, in: training) == selected(quiet))
    }
  }

  @Test(
    arguments: [
      (
        ["selection": .string("random"), "exclusiveSets": .bool(true)],
        "exclusiveSets belongs to selection: kl, but selection is random"
      ),
      (
        ["selection": .string("dense"), "mask": .string("multiply")],
        "mask belongs to selection: kl, but selection is dense"
      ),
      (
        ["selection": .string("top-k"), "taskExpertCount": .integer(3)],
        "selection: top-k needs taskSpecificCount + taskSharedCount <= taskExpertCount, but 2 + 2 > 3"
      ),
      (
        ["scenarioLayerCount": .integer(0), "taskLayerCount": .integer(0)],
        "scenarioLayerCount and taskLayerCount are both 0, so there is no layer"
      ),
    ] as [([String: ConfigurationValue], String)])
  func settingsThatDoNotGoTogetherAreRefused(
    _ settings: [String: ConfigurationValue], _ sentence: String
  ) throws {
    let error = #expect(throws: Diagnostic.self) { try AESM2Hyperparameters(overriding: settings) }
    #expect(error?.description == sentence)
  }

  @Test func defaultsOfLaterSettingsAreLeftOutOfConfigurations() throws {
    let stated = try catalog.entry("aesm2").resolve([
      "selection": .string("kl"), "balanceLossWeight": .number(0.01),
      "order": .string("scenarios-first"),
    ])
    #expect(stated == (try catalog.entry("aesm2").resolve([:])))
    #expect(!stated.keys.contains { ["selection", "balanceLossWeight", "order"].contains($0) })
  }
}
