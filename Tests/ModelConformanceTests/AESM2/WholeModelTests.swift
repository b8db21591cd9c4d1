import Configuration
import TensorCore
import TestKit
import Testing

@testable import AESM2

@Suite("The whole of AESM²")
struct WholeModelTests {
  typealias Vector = [Double]

  /// Levels of the scenario tree in turn, then task layers, in `Double`.
  @Test(arguments: [1, 2], [TinyProblem.oneLevel, .twoLevels])
  func logitsAreThoseOfTheEquations(layerCount: Int, tiny: TinyProblem) throws {
    let counts: [String: ConfigurationValue] = [
      "scenarioLayerCount": .integer(layerCount), "taskLayerCount": .integer(layerCount),
      "scenarioExpertCount": .integer(5), "taskExpertCount": .integer(4),
      "taskSpecificCount": .integer(1), "indicatorSize": .integer(2),
    ]
    let built = try catalog.entry("aesm2").buildSmall(counts, for: tiny.problem, seed: 1)
    built.shake()
    let settings = try AESM2Hyperparameters(overriding: counts)
    let network = NaiveNetwork(built.store)
    let sources = Array(tiny.training.rows.prefix(30))
    let tree = tiny.problem.scenarios
    func layer(_ path: String, gates: Int, isTask: Bool) -> NaiveSelectionLayer {
      NaiveSelectionLayer(
        network: network, path: path, settings: settings, gateCount: gates,
        expertCount: isTask ? 4 : 5, specificCount: isTask ? 1 : 2, sharedCount: 2)
    }
    var z = network.inputs(sources, of: tiny.problem)
    var indicators = sources.map { _ in Vector() }
    for level in tree.levels.indices {
      let own = sources.map { tree.leaves[Int($0.leaf)][level] }
      for (row, scenario) in own.enumerated() {
        indicators[row] += network.row(scenario, of: "indicators/scenario/\(level)/table")
      }
      for depth in 0..<layerCount {
        let gates = tree.levels[level].values.count
        z =
          layer("scenario/\(level)/\(depth)", gates: gates, isTask: false)(
            z, indicator: indicators, own: own
          ).mixed
      }
    }
    let logits = tiny.problem.tasks.indices.map { task -> Vector in
      let seen = indicators.map { $0 + network.row(task, of: "indicators/task/table") }
      var o = z
      for depth in 0..<layerCount {
        o =
          layer("task/\(depth)", gates: 2, isTask: true)(
            o, indicator: seen, own: sources.map { _ in task }
          ).mixed
      }
      return o.map { network.tower($0, "towers/\(tiny.problem.tasks[task].name)") }
    }
    let expected = sources.indices.flatMap { row in logits.map { $0[row] } }
    expectClose(
      built.logits(tiny.training.first(30)).values.map(Double.init), expected, relative: 1e-3,
      absolute: 1e-4)
  }

  @Test func aLevelsGatesSeeTheIndicatorsOfAllLevelsSoFar() throws {
    let built = try catalog.entry("aesm2").buildSmall(
      ["indicatorSize": .integer(5)], for: TinyProblem.twoLevels.problem, seed: 1)
    func inputSize(_ name: String) throws -> Int {
      try #require(built.store.parameters.first { $0.name == name }).value.shape[0]
    }
    let x = try inputSize("scenario/0/0/experts/0/layer0/weight")
    #expect(try inputSize("scenario/0/0/gates/weight") == x + 5)
    #expect(try inputSize("scenario/1/0/gates/weight") == 6 + 10)
    #expect(try inputSize("task/0/gates/weight") == 6 + 15)
  }

  @Test func everyLayerAndTaskHasBothAuxiliaryLosses() throws {
    let tiny = TinyProblem.twoLevels
    let built = try catalog.entry("aesm2").buildSmall([:], for: tiny.problem, seed: 1)
    let context = ForwardContext.training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
    let losses = built(tiny.training.first(20).batch, in: context).auxiliaryLosses
    #expect(
      losses.map(\.name) == [
        "scenario/0/0/specific", "scenario/0/0/shared", "scenario/1/0/specific",
        "scenario/1/0/shared", "task/0/specific/click", "task/0/shared/click",
        "task/0/specific/purchase", "task/0/shared/purchase",
      ])
    #expect(losses.allSatisfy { $0.value.value.scalar >= 0 && $0.weight == 0.01 })
  }

  @Test func oneScenarioBypassesSelectionAndSaysSo() throws {
    let built = try catalog.entry("aesm2").buildSmall(
      [:], for: TinyProblem.oneScenario.problem, seed: 1)
    #expect(
      built.notes == [
        "Selection is bypassed at scenario level 'country', which has one scenario only: "
          + "all experts are mixed."
      ])
    let context = ForwardContext.training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
    let losses = built(TinyProblem.oneScenario.training.first(9).batch, in: context)
      .auxiliaryLosses
    #expect(losses.allSatisfy { $0.name.hasPrefix("task/") } && losses.count == 4)
  }

  @Test func oneTaskBypassesSelectionAndSaysSo() throws {
    let built = try catalog.entry("aesm2").buildSmall(
      [:], for: TinyProblem.oneTask.problem, seed: 1)
    #expect(
      built.notes == [
        "Selection is bypassed in the task layers, since there is one task only: all experts are "
          + "mixed."
      ])
    let context = ForwardContext.training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
    let losses = built(TinyProblem.oneTask.training.first(9).batch, in: context).auxiliaryLosses
    #expect(losses.map(\.name) == ["scenario/0/0/specific", "scenario/0/0/shared"])
  }

  @Test func severalScenariosAndTasksNeedNoNote() throws {
    let built = try catalog.entry("aesm2").buildSmall(
      [:], for: TinyProblem.twoLevels.problem, seed: 1)
    #expect(built.notes.isEmpty)
  }
}
