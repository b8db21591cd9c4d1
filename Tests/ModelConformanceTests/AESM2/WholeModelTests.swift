import AESM2
import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

@Suite("The whole of AESM²")
struct WholeModelTests {
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

  @Test func everyTaskPassesThroughTheScenarioLayersIfTasksComeFirst() throws {
    let tiny = TinyProblem.twoLevels
    let built = try catalog.entry("aesm2").buildSmall(
      ["order": .string("tasks-first")], for: tiny.problem, seed: 1)
    let context = ForwardContext.training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
    let losses = built(tiny.training.first(20).batch, in: context).auxiliaryLosses
    let names = ["click", "purchase"].flatMap { task in
      ["task/0", "scenario/0/0", "scenario/1/0"].flatMap { layer in
        ["specific", "shared"].map { "\(layer)/\($0)/\(task)" }
      }
    }
    #expect(losses.map(\.name) == names)
  }

  @Test func flatScenariosAreTheLeavesOfTheTreeAsOneLevel() throws {
    let tiny = TinyProblem.twoLevels
    var flattened = tiny.problem
    flattened.scenarios = flattened.scenarios.flattened
    let plain: [String: ConfigurationValue] = ["scenarioFeature": .bool(false)]
    func logits(
      _ problem: Problem, _ settings: [String: ConfigurationValue] = [:]
    ) throws -> [Float] {
      let built = try catalog.entry("aesm2").buildSmall(
        plain.merging(settings) { $1 }, for: problem, seed: 1)
      let context = ForwardContext.training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
      return built(tiny.training.first(20).batch, in: context).logits.value.values
    }
    let flat = try logits(tiny.problem, ["flatScenarios": .bool(true)])
    #expect(flat == (try logits(flattened)))
    #expect(flat != (try logits(tiny.problem)))
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
