import Configuration
import ExperimentsTestKit
import Foundation
import Synchronization
import TestKit
import Testing
import Training

// Internal: FinishedTrial.
@testable import Experiments

@Suite struct SearchStrategyTests {
  private func trials(_ search: String, model: String = "alpha") throws -> [Trial] {
    let spec = try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: \(model)}]\nsearch: \(search)")
    return try spec.rows[0].strategy.nextRound(after: [], in: space(of: model))
  }

  private func space(of model: String) throws -> SearchSpace {
    SearchSpace(model: SettingsSchema(try toyCatalog.entry(model)), training: toyTraining)
  }

  @Test func trialZeroIsTheDefaults() throws {
    let first = try #require(try trials("{strategy: random, trials: 4}").first)
    #expect(try first.settings == toyCatalog.entry("alpha").resolve([:]))
    #expect(try first.training == toyTraining.resolve([:]))
  }

  @Test func drawsStayInTheirSpaces() throws {
    for trial in try trials("{strategy: random, trials: 60}").dropFirst() {
      let strength = try #require(
        trial.settings["strength"].flatMap(Double.init(configuration:)))
      #expect((0.1...0.9).contains(strength))
      let rate = try #require(
        trial.training["learningRate"].flatMap(Double.init(configuration:)))
      #expect((3e-4...3e-2).contains(rate))
      #expect(trial.settings["depth"] == .integer(1))
    }
  }

  @Test func aSettingMoreDoesNotMoveTheOthers() throws {
    let few = try trials("{strategy: random, trials: 6, seed: 3}")
    let more = try trials(
      "{strategy: random, trials: 6, seed: 3, model: {depth: [1, 2]}, training: {epochs: [1, 2]}}")
    let longer = try trials("{strategy: random, trials: 9, seed: 3}")
    #expect(more.contains { $0.settings["depth"] == .integer(2) })
    for number in 1..<6 {
      #expect(more[number].settings["width"] == few[number].settings["width"])
      #expect(more[number].settings["strength"] == few[number].settings["strength"])
      #expect(more[number].training["learningRate"] == few[number].training["learningRate"])
      #expect(longer[number] == few[number])
    }
  }

  @Test func modelsSeedsAndDrawsHaveStreamsOfTheirOwn() throws {
    let alpha = try trials("{strategy: random, trials: 9}")
    let beta = try trials("{strategy: random, trials: 9}", model: "beta")
    let other = try trials("{strategy: random, trials: 9, seed: 1}")
    #expect(alpha.map { $0.training["learningRate"] } != beta.map { $0.training["learningRate"] })
    #expect(alpha.map { $0.training["learningRate"] } != other.map { $0.training["learningRate"] })
    #expect(Set(alpha.dropFirst().map { "\($0.settings["strength"] ?? .null)" }).count == 8)
  }

  @Test func wholeNumbersAreDrawnFromIntervalsAsWholeNumbers() throws {
    let widths = try trials(
      "{strategy: random, trials: 40, model: {width: {uniform: [10, 20]}}}"
    ).dropFirst().compactMap { $0.settings["width"].flatMap(Int.init(configuration:)) }
    #expect(widths.count == 39 && widths.allSatisfy((10...20).contains) && Set(widths).count > 5)
  }

  @Test func drawsAgainWhatDoesNotFitTogether() throws {
    let drawn = try trials(
      "{strategy: random, trials: 30, model: {width: [1, 8], depth: [1, 8]}}")
    for trial in drawn.dropFirst() {
      #expect(
        !(trial.settings["width"] == .integer(1) && trial.settings["depth"] == .integer(8)))
    }
    let error = #expect(throws: Diagnostic.self) {
      try trials("{strategy: random, trials: 2, model: {width: [1], depth: [8]}}")
    }
    #expect(error?.description.contains("no settings that fit together in 100 attempts") == true)
  }

  @Test func aLatinHypercubeHasOneTrialInEveryPartOfARange() throws {
    let hypercube = try trials(
      "{strategy: latin-hypercube, trials: 41, seed: 5, model: {depth: [1, 2, 3, 4]}}")
    let strengths = hypercube.dropFirst().compactMap {
      $0.settings["strength"].flatMap(Double.init(configuration:))
    }
    #expect(Set(strengths.map { Int(($0 - 0.1) / 0.8 * 40) }) == Set(0..<40))
    let rates = hypercube.dropFirst().compactMap {
      $0.training["learningRate"].flatMap(Double.init(configuration:))
    }
    let parts = rates.map { Int(log($0 / 3e-4) / log(100) * 40) }
    #expect(Set(parts) == Set(0..<40) && parts != strengths.map { Int(($0 - 0.1) / 0.8 * 40) })
    for depth in 1...4 {
      #expect(hypercube.dropFirst().count { $0.settings["depth"] == .integer(depth) } == 10)
    }
  }

  @Test func aGridTakesEveryCombinationOnce() throws {
    let grid = try trials(
      "{strategy: grid, model: {width: [4, 8], strength: [0.1, 0.2, 0.3]}, training: {epochs: [1, 2]}}"
    )
    #expect(grid.count == 12)
    #expect(grid.map(\.number) == Array(0..<12))
    #expect(Set(grid.map { "\($0.settings)\($0.training)".count }).isEmpty == false)
    let distinct = Set(
      grid.map { trial in
        ConfigurationValue.object(trial.settings.merging(trial.training) { a, _ in a })
          .canonicalJSON
      })
    #expect(distinct.count == 12)
  }

  @Test func aGridRefusesIntervals() {
    let error = #expect(throws: Diagnostic.self) {
      try trials("{strategy: grid, model: {strength: {uniform: [0, 1]}}}")
    }
    #expect(error?.description.contains("strength needs a list of values") == true)
  }
}

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

/// A made-up search that looks at results: two trials, then one more beside the better of them.
private struct FollowTheBetter: SearchStrategy {
  static let id = "follow-the-better"
  static let summary = "Two widths, then twice the better one."
  /// The number of second rounds that were derived for the row `Counted`.
  static let derived = Mutex(0)
  private let row: ExperimentRow
  init(_ row: ExperimentRow) { self.row = row }
  var trialCount: Int { 3 }
  var words: String { "three trials" }

  func nextRound(after finished: [FinishedTrial], in space: SearchSpace) throws -> [Trial] {
    func trial(_ number: Int, width: Int) throws -> Trial {
      try space.trial(number, of: row, settings: ["width": .integer(width)])
    }
    switch finished.count {
    case 0: return try [trial(0, width: 4), trial(1, width: 16)]
    case 2:
      if row.label == "Counted" { Self.derived.withLock { $0 += 1 } }
      let better = finished.max { ($0.score ?? -1) < ($1.score ?? -1) }
      let width = better?.trial.settings["width"].flatMap(Int.init(configuration:)) ?? 0
      return [try trial(2, width: 2 * width)]
    default: return []
    }
  }
}

@Suite struct RoundTests {
  private func followingPlan(_ more: String = "") throws -> Plan {
    var spec = try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]\nseeds: 2\n"
        + "search: {strategy: random, trials: 7, seeds: [11, 12]}\n" + more)
    spec.rows[0].search.strategy = FollowTheBetter.self
    return try plan(spec)
  }

  @Test func theStrategySaysHowManyRunsARowHas() throws {
    let (plan, folder) = (try followingPlan(), try TemporaryFolder())
    let status = try ExperimentStatus(of: plan, in: RunStore(at: folder.path))
    #expect(status.rows.map(\.counts) == [[.absent: 3 * 2 + 2]])
    #expect(plan.finalCount == 3 * 2 + 2)
  }

  private func width(_ run: Plan.Run) -> Int? {
    run.configuration.settings["width"].flatMap(Int.init(configuration:))
  }

  @Test(arguments: [
    (failing: [16, 8], third: 8, chosen: 4), (failing: [4, 32], third: 32, chosen: 16),
  ])
  func aRoundIsNamedWhenTheOneBeforeHasEnded(failing: [Int], third: Int, chosen: Int) throws {
    let plan = try followingPlan()
    var known: [String: Plan.Run] = [:]
    func runs() throws -> [Plan.Run] {
      try plan.runs { id in known[id].map { outcome(of: $0, failing: failing) } }
    }
    #expect(try runs().map(width) == [4, 4, 16, 16])
    for run in try runs() { known[run.id] = run }
    #expect(try runs().map(width) == [4, 4, 16, 16, third, third])
    for run in try runs() { known[run.id] = run }
    #expect(try runs().map(width) == [4, 4, 16, 16, third, third, chosen, chosen])
    #expect(try runs().suffix(2).allSatisfy { $0.purpose == .result })
    #expect(try runs().suffix(2).map(\.configuration.seed) == plan.specification.seeds)
  }

  @Test(arguments: ["auc/macro", "logLoss/macro"])
  func theBetterTrialHasTheGreaterScoreWhateverTheMetric(metric: String) throws {
    let plan = try followingPlan("selection: {metric: \(metric)}")
    let first = try plan.runs { _ in nil }
    let runs = try plan.runs { id in
      first.first { $0.id == id }.map { .done(fakeRecord($0.configuration)) }
    }
    let name = try MetricName(metric)
    func mean(_ width: Int) throws -> Double {
      try first.filter { self.width($0) == width }
        .compactMap { try fakeRecord($0.configuration).validation.value(name) }.reduce(0, +)
    }
    let isFirstBetter = try metric == "auc/macro" ? mean(4) > mean(16) : mean(4) < mean(16)
    #expect(runs.dropFirst(4).map(width) == Array(repeating: isFirstBetter ? 8 : 32, count: 2))
  }

  @Test func aPlanDerivesARoundOnce() throws {
    var spec = try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: alpha, label: Counted}]\n"
        + "search: {strategy: random, trials: 7}")
    spec.rows[0].search.strategy = FollowTheBetter.self
    let plan = try plan(spec)
    let first = try plan.runs { _ in nil }
    func runs(failing: [Int]) throws -> [Plan.Run] {
      try plan.runs { id in
        first.first { $0.id == id }.map { outcome(of: $0, failing: failing) }
      }
    }
    #expect(try runs(failing: [16]) == runs(failing: [16]))
    #expect(FollowTheBetter.derived.withLock { $0 } == 1)
    #expect(try runs(failing: [4]) != runs(failing: [16]))
    #expect(FollowTheBetter.derived.withLock { $0 } == 2)
  }

  @Test func anOpenTrialKeepsTheNextRoundBack() throws {
    let plan = try followingPlan()
    let first = try plan.runs { _ in nil }
    let done = Set(first.prefix(3).map(\.id))
    let runs = try plan.runs { id in
      guard done.contains(id), let run = first.first(where: { $0.id == id }) else { return nil }
      return outcome(of: run, failing: [])
    }
    #expect(runs == first)
  }

  private func outcome(of run: Plan.Run, failing: [Int]) -> RunOutcome {
    guard failing.contains(width(run) ?? 0) else { return .done(fakeRecord(run.configuration)) }
    return .failed(
      RunFailure(
        configuration: run.configuration, message: "is to fail", provenance: fakeProvenance))
  }
}
