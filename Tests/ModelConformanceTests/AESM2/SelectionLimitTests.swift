import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

/// Where rules of selection, and stacks of layers, come to the same.
@Suite("Limits of AESM²'s rules of selection")
struct SelectionLimitTests {
  private typealias Settings = [String: ConfigurationValue]

  /// All experts, and neither noise nor auxiliary losses.
  private static let everything: Settings = [
    "scenarioSpecificCount": .integer(4), "scenarioSharedCount": .integer(4),
    "taskSpecificCount": .integer(4), "taskSharedCount": .integer(4),
    "specificLossWeight": .number(0), "sharedLossWeight": .number(0),
    "balanceLossWeight": .number(0), "noise": .number(0),
  ]

  /// All eight experts in both sets, as only divergences allow.
  private static let inBothSets: Settings = [
    "scenarioSpecificCount": .integer(8), "scenarioSharedCount": .integer(8),
    "taskSpecificCount": .integer(8), "taskSharedCount": .integer(8),
  ]

  private func expectAgreement(
    _ one: Settings, _ other: Settings, on tiny: TinyProblem = .twoLevels
  ) throws {
    let models = try [one, other].map { settings in
      try catalog.entry("aesm2").buildSmall(
        Self.everything.merging(settings) { $1 }, for: tiny.problem, seed: 1)
    }
    models[0].shake()
    for parameter in models[1].store.parameters where !parameter.name.hasSuffix("gates/noise") {
      parameter.value.assign(try models[0].weights(parameter.name))
    }
    let rows = tiny.training.first(50)
    expectClose(models[0].logits(rows), models[1].logits(rows), relative: 1e-5, absolute: 1e-5)
    let (first, second) = (models[0].train(rows), models[1].train(rows))
    expectClose(first.logits, second.logits, relative: 1e-5, absolute: 1e-5)
    expectClose(Double(first.loss), Double(second.loss), relative: 1e-5)
    for parameter in models[1].store.parameters where !parameter.name.hasSuffix("gates/noise") {
      let twin = try #require(models[0].store.parameters.first { $0.name == parameter.name })
      expectClose(
        parameter.gradientValues.map(Double.init), twin.gradientValues.map(Double.init),
        relative: 1e-3, absolute: 1e-5, parameter.name)
    }
  }

  @Test func divergencesThatSelectEveryExpertAreTheDenseMixture() throws {
    try expectAgreement(["selection": .string("dense")], Self.inBothSets)
  }

  @Test(arguments: ["top-k", "shared-first", "random", "hash"])
  func aRuleThatSelectsEveryExpertIsTheDenseMixture(rule: String) throws {
    try expectAgreement(["selection": .string("dense")], ["selection": .string(rule)])
  }

  /// The order of softmaxes is that of logits.
  @Test func withoutSharedExpertsTheSharedFirstRuleIsTopK() throws {
    let few: Settings = [
      "scenarioSpecificCount": .integer(2), "scenarioSharedCount": .integer(0),
      "taskSpecificCount": .integer(3), "taskSharedCount": .integer(0),
    ]
    try expectAgreement(
      few.merging(["selection": .string("shared-first")]) { $1 },
      few.merging(["selection": .string("top-k")]) { $1 })
  }

  /// One scenario and one task.
  @Test(arguments: [("top-k", "prompt-top-k"), ("shared-first", "top-k"), ("kl", "dense")])
  func withOneGateRulesCoincide(_ rules: (String, String)) throws {
    let tiny = TinyProblem(
      name: "one of each",
      problem: Problem(
        fields: TinyProblem.oneTask.problem.fields,
        scenarios: TinyProblem.oneScenario.problem.scenarios,
        tasks: TinyProblem.oneTask.problem.tasks))
    let few: Settings = [
      "scenarioSpecificCount": .integer(1), "scenarioSharedCount": .integer(2),
      "taskSpecificCount": .integer(2), "taskSharedCount": .integer(1),
    ]
    try expectAgreement(
      few.merging(["selection": .string(rules.0)]) { $1 },
      few.merging(["selection": .string(rules.1)]) { $1 }, on: tiny)
  }

  @Test(arguments: ["scenarioLayerCount", "taskLayerCount"])
  func aStackOfOneKindHasNoOrder(without kind: String) throws {
    try expectAgreement(
      [kind: .integer(0)], [kind: .integer(0), "order": .string("tasks-first")])
  }

  @Test func aStackHasTheLayersThatItsCountsSay() throws {
    func paths(_ settings: Settings) throws -> Set<String> {
      let built = try catalog.entry("aesm2").buildSmall(
        settings, for: TinyProblem.twoLevels.problem, seed: 1)
      return Set(
        built.store.parameters.map {
          $0.name.split(separator: "/").prefix(2).joined(separator: "/")
        })
    }
    let all: Set<String> = [
      "input/table", "indicators/scenario", "indicators/task", "scenario/0", "scenario/1", "task/0",
      "towers/click", "towers/purchase",
    ]
    #expect(try paths([:]) == all)
    #expect(try paths(["order": .string("tasks-first")]) == all)
    #expect(
      try paths(["taskLayerCount": .integer(0)])
        == all.subtracting(["task/0", "indicators/task"]))
    #expect(
      try paths(["scenarioLayerCount": .integer(0)])
        == all.subtracting(["scenario/0", "scenario/1"]))
  }

  /// Without task layers, tasks differ by their towers alone.
  @Test func scenarioLayersAloneGiveAllTasksTheSameInput() throws {
    let tiny = TinyProblem.twoLevels
    let built = try catalog.entry("aesm2").buildSmall(
      ["taskLayerCount": .integer(0)], for: tiny.problem, seed: 1)
    for parameter in built.store.parameters where parameter.name.hasPrefix("towers/purchase") {
      parameter.value.assign(
        try built.weights(parameter.name.replacing("purchase", with: "click")))
    }
    let logits = rows(built.logits(tiny.training.first(30)))
    #expect(logits.allSatisfy { $0[0] == $0[1] })
    #expect(Set(logits.map { $0[0] }).count > 10)
  }
}
