import Configuration
import ExperimentsTestKit
import TestKit
import Testing

// Internal: FinishedTrial.
@testable import Experiments

/// What every strategy of the list must do, and every one that is added to it.
@Suite("Conformance of search strategies") struct SearchStrategyConformanceTests {
  static let ids = searchStrategies.map { $0.id }

  private func row(_ strategy: String, trials: Int = 30, seed: Int = 0) throws
    -> (ExperimentRow, SearchSpace)
  {
    let spec = try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]\n"
        + "search: {strategy: \(strategy), trials: \(trials), seed: \(seed), model: {width: [4, 8]}}"
    )
    return (
      spec.rows[0],
      SearchSpace(model: SettingsSchema(try toyCatalog.entry("alpha")), training: toyTraining)
    )
  }

  @Test func idsAreUniqueAndSummariesAreSentences() {
    #expect(Set(Self.ids).count == Self.ids.count)
    #expect(searchStrategies.allSatisfy { $0.summary.hasSuffix(".") })
  }

  /// Follows the rounds of a search to its end.
  private func search(
    _ row: ExperimentRow, in space: SearchSpace, score: (Trial) -> Double?
  ) throws -> [Trial] {
    var finished: [FinishedTrial] = []
    while true {
      let round = try row.strategy.nextRound(after: finished, in: space)
      #expect(try row.strategy.nextRound(after: finished, in: space) == round)
      if round.isEmpty { return finished.map(\.trial) }
      #expect(round.map(\.number) == Array(finished.count..<finished.count + round.count))
      finished += round.map { FinishedTrial(trial: $0, score: score($0)) }
    }
  }

  @Test(arguments: ids) func roundsAreAPureFunctionOfTheTrialsBefore(id: String) throws {
    let (row, space) = try row(id)
    let trials = try search(row, in: space) { -Double($0.number) }
    #expect(trials.count == row.trialCount)
    #expect(!row.strategy.words.isEmpty)
    #expect(try search(row, in: space) { -Double($0.number) } == trials)
  }

  @Test(arguments: ids) func trialZeroIsTheDefaultsExceptInAGrid(id: String) throws {
    let (row, space) = try row(id)
    let first = try #require(try row.strategy.nextRound(after: [], in: space).first)
    #expect(try first == space.trial(0, of: row) || id == "grid")
  }

  @Test(arguments: ids) func failedTrialsDoNotEndTheSearch(id: String) throws {
    let (row, space) = try row(id)
    for failing in [{ _ in true }, { $0 % 3 != 0 }, { $0 < 15 }] as [(Int) -> Bool] {
      let trials = try search(row, in: space) { failing($0.number) ? nil : Double($0.number) }
      #expect(trials.count == row.trialCount)
    }
  }

  @Test(arguments: ids) func equalScoresAreNoTrap(id: String) throws {
    let (row, space) = try row(id)
    #expect(try search(row, in: space) { _ in 0.5 }.count == row.trialCount)
  }

  @Test(arguments: ids) func theSearchSeedDecides(id: String) throws {
    guard id != "none", id != "grid" else { return }
    let ends = try (0..<2).map { seed in
      let (row, space) = try row(id, seed: seed)
      return try search(row, in: space) { -Double($0.number) }.map(\.training)
    }
    #expect(ends[0] != ends[1])
  }

  @Test(arguments: searchStrategies.filter { $0.isAdaptive }.map { $0.id })
  func onlyScoresMoveAnAdaptiveSearchAndOnlyAfterItsStart(id: String) throws {
    let (row, space) = try row(id)
    func strength(_ trial: Trial) -> Double {
      trial.settings["strength"].flatMap(Double.init(configuration:)) ?? 0
    }
    let rising = try search(row, in: space, score: strength)
    let falling = try search(row, in: space) { -strength($0) }
    let start = try row.strategy.nextRound(after: [], in: space).count
    #expect(rising.prefix(start) == falling.prefix(start) && start < 20)
    let (high, low) = (rising.suffix(10).map(strength), falling.suffix(10).map(strength))
    #expect(high.reduce(0, +) > low.reduce(0, +) + 1)
  }

  /// Six combinations: all are tried before one is repeated.
  @Test(arguments: ["tpe", "gaussian-process", "evolution"])
  func aFiniteSpaceIsTriedAsAWhole(id: String) throws {
    var (row, _) = try row(id, trials: 40)
    let fixed = toyTraining.searchSpace.keys.map { name in
      (name, try? toyTraining.resolve([:])[name])
    }
    for case (let name, let value?) in fixed { row.training[name] = value }
    row.settings["strength"] = .number(0.5)
    row.search.model["depth"] = SearchedSetting(.values([.integer(1), .integer(2), .integer(3)]))
    let space = SearchSpace(
      model: SettingsSchema(try toyCatalog.entry("alpha")), training: toyTraining)
    let trials = try search(row, in: space) { Double($0.number % 5) }
    #expect(trials.count == 40)
    #expect(
      Set(trials.map { "\($0.settings["width"] ?? .null)\($0.settings["depth"] ?? .null)" }).count
        == 6)
  }

  /// A width of 1 fits no depth above 1, which three quarters of the space have.
  @Test(arguments: ids) func incompatibleSettingsArePassedOver(id: String) throws {
    guard id != "grid" else { return }
    var (row, space) = try row(id)
    row.search.model["width"] = SearchedSetting(.values([.integer(1), .integer(2)]))
    row.search.model["depth"] = SearchedSetting(.uniform(1...8))
    let trials = try search(row, in: space) {
      Double(configuration: $0.settings["depth"] ?? .null)
    }
    #expect(trials.count == row.trialCount)
  }

  @Test(arguments: ids) func nothingToVaryIsNoTrap(id: String) throws {
    var (row, _) = try row(id, trials: 3)
    row.search.model = [:]
    let space = SearchSpace(
      model: SettingsSchema(trainer: NoSettings.self),
      training: SettingsSchema(trainer: NoSettings.self))
    #expect(try search(row, in: space) { _ in 1 }.count == row.trialCount)
  }

  private struct NoSettings: HyperparameterSet {}

  @Test func cmaEsRefusesListsWithoutAnOrderAndTinyRounds() throws {
    func refusal(_ search: String) throws -> String {
      let spec = try specification(
        "id: a\ndataset: {cache: c}\nmodels: [{id: beta}]\n"
          + "search: {strategy: cma-es, trials: 9\(search)}")
      let space = SearchSpace(
        model: SettingsSchema(try toyCatalog.entry("beta")), training: toyTraining)
      return message { _ = try spec.rows[0].strategy.nextRound(after: [], in: space) }
    }
    #expect(try refusal("").contains("searched by cma-es, so gate must be a number"))
    #expect(
      try refusal(", round: 3, model: {gate: [soft]}").contains("gate must be a number"))
  }

  @Test func aGaussianProcessRefusesMoreTrialsThanItCanCarry() throws {
    let (row, space) = try row("gaussian-process", trials: 501)
    let text = message { _ = try row.strategy.nextRound(after: [], in: space) }
    #expect(
      text.contains("has 501 trials, but the search strategy gaussian-process takes at most 500"))
  }

  @Test func roundsHaveTheSizeThatIsGiven() throws {
    for (id, round) in [("tpe", 7), ("cma-es", 7)] {
      var (row, space) = try row(id)
      row.search.round = round
      let start = try row.strategy.nextRound(after: [], in: space)
      let next = try row.strategy.nextRound(
        after: start.map { FinishedTrial(trial: $0, score: 1) }, in: space)
      #expect(next.count == 7)
    }
  }
}
