import Configuration
import Experiments
import ExperimentsTestKit
import Testing

@Suite struct SearchConditionTests {
  private func row(_ search: String) throws -> ExperimentRow {
    try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]\nsearch: \(search)"
    ).rows[0]
  }

  @Test func isReadWithItsValues() throws {
    let row = try row(
      "{strategy: random, trials: 2, model: {depth: {values: [1, 2], when: {width: [4, 8.0]}}}}")
    let depth = try #require(row.search.model["depth"])
    #expect(depth.distribution == .values([.integer(1), .integer(2)]))
    let condition = try #require(depth.conditions.first)
    #expect(condition.setting == "width" && condition.holdsByDefault)
    for (width, holds) in [(4, true), (8, true), (16, false)] {
      #expect(condition.holds(in: ["width": .integer(width)]) == holds)
    }
    #expect(condition.holds(in: [:]))
  }

  @Test(arguments: [
    ("{values: [1, 2], when: {widht: [4]}}", "depth.when.widht: unknown hyper-parameter of alpha"),
    ("{values: [1, 2], when: {width: [99]}}", "must be a whole number from 1 to 64, but is 99"),
    ("{values: [1, 2], when: {width: 4}}", "depth.when.width: must be a list, but is '4'"),
    ("{values: [1, 2], when: {width: []}}", "must list at least one value"),
    ("{values: [1, 2], when: {depth: [1]}}", "'depth' cannot depend on itself"),
    ("{values: [1, 2], when: [4]}", "depth.when: must be a mapping"),
    ("{values: [1, 2], when: {width: [5]}}", "search.model: depth.when.width: never holds"),
    ("{values: [1, 2], when: {strength: [0.5]}}", "is searched in an interval"),
    ("{when: {width: [4]}}", "must have exactly one of values, uniform, logUniform"),
    ("{values: [1, 2], uniform: [1, 2]}", "must have exactly one of values, uniform, logUniform"),
    ("{values: [1, 2], wen: {width: [4]}}", "unknown key 'wen'; did you mean 'when'?"),
    (
      "{values: [1, 2], when: {width: [4]}}, width: {values: [4, 8], when: {depth: [1]}}",
      "the conditions of depth, width, depth form a circle"
    ),
  ])
  func isRefusedWithASentence(depth: String, message: String) {
    let error = #expect(throws: Diagnostic.self) {
      try row("{strategy: random, trials: 2, model: {depth: \(depth)}}")
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func aGridLeavesOutWhatDoesNotApply() throws {
    let row = try row(
      "{strategy: grid, model: {width: [4, 8], depth: {values: [1, 2, 3], when: {width: [8]}}}}")
    let space = SearchSpace(
      model: SettingsSchema(try toyCatalog.entry("alpha")), training: toyTraining)
    let trials = try row.strategy.nextRound(after: [], in: space)
    #expect(row.trialCount == 4 && trials.count == 4)
    #expect(
      trials.map { [$0.settings["width"], $0.settings["depth"]] } == [
        [.integer(4), .integer(1)], [.integer(8), .integer(1)], [.integer(8), .integer(2)],
        [.integer(8), .integer(3)],
      ])
  }

  @Test func roundsAreForStrategiesThatLearn() throws {
    #expect(try row("{strategy: tpe, trials: 9, round: 3}").search.round == 3)
    let error = #expect(throws: Diagnostic.self) {
      try row("{strategy: random, trials: 9, round: 3}")
    }
    #expect(
      error?.description.contains("search.round: 'random' chooses all trials at once") == true)
  }
}
