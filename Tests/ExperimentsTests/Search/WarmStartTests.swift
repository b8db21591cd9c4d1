import Configuration
import ExperimentsTestKit
import Foundation
import Reporting
import TestKit
import Testing

// Internal: the journal, and strategies that learn.
@testable import Experiments

/// A made-up search that learns: it tries the widths that are not known yet, then that of the best.
private struct FollowTheKnown: SearchStrategy {
  static let id = "follow-the-known"
  static let summary = "Widths that are not known, then the best known one at another strength."
  static let usesKnownTrials = true
  private let row: ExperimentRow
  init(_ row: ExperimentRow) { self.row = row }
  var trialCount: Int { 2 }
  var words: String { "two trials" }

  func nextRound(after finished: [FinishedTrial], in space: SearchSpace) throws -> [Trial] {
    let known = space.known.trials
    switch finished.count {
    case 0:
      let next = [4, 8, 16, 32].first { next in !known.contains { width($0.trial) == next } }
      return [try space.trial(0, of: row, settings: ["width": .integer(next ?? 64)])]
    case 1:
      let best = (known + finished).max { ($0.score ?? -1) < ($1.score ?? -1) }
      return [
        try space.trial(
          1, of: row,
          settings: [
            "width": .integer(best.map { width($0.trial) } ?? 0), "strength": .number(0.3),
          ])
      ]
    default: return []
    }
  }

  private func width(_ trial: Trial) -> Int {
    trial.settings["width"].flatMap(Int.init(configuration:)) ?? 0
  }
}

@Suite struct WarmStartTests {
  private let folder: TemporaryFolder
  private let store: RunStore

  init() throws {
    folder = try TemporaryFolder()
    store = RunStore(at: folder.path + "/runs")
  }

  private func warmSpecification(_ id: String = "warm") throws -> ExperimentSpecification {
    var spec = try specification("id: \(id)\ndataset: {cache: c}\nmodels: [{id: alpha}]\nseeds: 2")
    spec.rows[0].search.strategy = FollowTheKnown.self
    spec.rows[0].search.isWarmStarted = true
    return spec
  }

  private func sweep(_ plan: Plan) throws {
    let summary = try SweepRunner(
      plan: plan, store: store, launcher: InProcessLauncher(executor: FakeExecutor())
    ).run()
    #expect(summary.isComplete)
  }

  /// Runs a grid over some widths on two seeds, with other fixed settings.
  private func runGrid(_ widths: [Int], id: String = "grid", extra: String = "") throws {
    let list = widths.map(String.init).joined(separator: ", ")
    try sweep(
      plan(
        specification(
          "id: \(id)\ndataset: {cache: c}\nmodels: [{id: alpha}]\n\(extra)"
            + "search: {strategy: grid, seeds: [5, 6], model: {width: [\(list)]}}")))
  }

  private func warmPlan(decides: Bool = true, id: String = "warm") throws -> Plan {
    var plan = try plan(warmSpecification(id))
    try plan.warmStart(from: store, decides: decides)
    return plan
  }

  private func widths(_ plan: Plan) throws -> [Int] {
    try plan.runs { _ in nil }.compactMap {
      $0.configuration.settings["width"].flatMap(Int.init(configuration:))
    }
  }

  private var journal: String { store.path + "/warm.journal.jsonl" }

  @Test func aSearchLearnsFromFinishedRunsOfTheStore() throws {
    #expect(try widths(warmPlan(decides: false)) == [4])
    try runGrid([4, 8])
    #expect(try widths(warmPlan()) == [16])
    #expect(try widths(warmPlan(id: "other")) == [16])
  }

  @Test func aSearchThatHasNotBegunLearnsFromNothing() throws {
    try runGrid([4, 8])
    #expect(try widths(warmPlan(decides: false)) == [4])
    #expect(!FileManager.default.fileExists(atPath: journal))
  }

  @Test func theDecisionIsReplayedWhateverIsAddedToTheStore() throws {
    try runGrid([4])
    let plan = try warmPlan()
    #expect(try widths(plan) == [8])
    try runGrid([8, 16], id: "later")
    #expect(try widths(warmPlan()) == [8])
    try sweep(plan)
    let lines = try Results(of: warmPlan(decides: false), in: StoredOutcomes(in: store)).lines
    #expect(try widths(warmPlan()) == [8])
    #expect(lines.count { $0.purpose == .warmStart } == 1)
    #expect(lines.count { $0.purpose == .search } == 2 && lines.count == 5)
    #expect(try String(contentsOfFile: journal, encoding: .utf8).split(separator: "\n").count == 1)
  }

  @Test func onlyPointsOfTheSearchSpaceAreUsed() throws {
    try runGrid([4], extra: "training: {epochs: 3}\n")
    try runGrid([4], id: "deep", extra: "settings: {depth: 2}\n")
    #expect(try widths(warmPlan()) == [4])
    try FileManager.default.removeItem(atPath: journal)
    try runGrid([4], id: "rate", extra: "training: {learningRate: 0.5}\n")
    #expect(try widths(warmPlan()) == [8])
  }

  @Test func theTableSaysHowManyRunsWereUsed() throws {
    try runGrid([4, 8])
    try sweep(warmPlan())
    let results = try Results(of: warmPlan(), in: StoredOutcomes(in: store))
    let again = try Results(jsonLines: results.jsonLines, file: "runs.jsonl")
    let table = try Report.make(
      specification: warmSpecification(), results: again, catalog: toyCatalog
    ).text("table.md")
    #expect(
      table?.contains(
        "Alpha: the search was warm-started by 5 finished runs of the store that are not of this "
          + "experiment.") == true)
  }

  @Test func aDecisionThatWasCutOffIsMadeAnew() throws {
    try runGrid([4])
    _ = try warmPlan()
    let whole = try String(contentsOfFile: journal, encoding: .utf8)
    for end in [0, 1, whole.utf8.count / 2, whole.utf8.count - 1] {
      try String(whole.prefix(end)).write(toFile: journal, atomically: true, encoding: .utf8)
      #expect(try widths(warmPlan()).first == 8)
      #expect(try String(contentsOfFile: journal, encoding: .utf8) == whole)
    }
  }

  @Test func whatIsDamagedOrGoneIsNamed() throws {
    try runGrid([4])
    _ = try warmPlan()
    let whole = try String(contentsOfFile: journal, encoding: .utf8)
    try whole.replacing("\"row\"", with: "\"raw\"").write(
      toFile: journal, atomically: true, encoding: .utf8)
    let damaged = #expect(throws: Diagnostic.self) { try warmPlan() }
    #expect(
      damaged?.description.hasPrefix(
        "\(journal):1: unknown key 'raw'; did you mean 'row'?") == true)
    try whole.write(toFile: journal, atomically: true, encoding: .utf8)
    let id = try #require(whole.firstMatch(of: /[0-9a-f]{32}/)).0
    try FileManager.default.removeItem(atPath: store.directory(String(id)).path)
    let gone = #expect(throws: Diagnostic.self) { try warmPlan() }
    #expect(
      gone?.description.contains("warm-started by the run \(id), which is no longer in") == true)
  }

  @Test func aStrategyThatDoesNotLearnIsRefused() {
    let error = #expect(throws: Diagnostic.self) {
      try specification(
        "id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]\n"
          + "search: {strategy: random, trials: 3, warmStart: true}")
    }
    #expect(
      error?.description.contains(
        "search.warmStart: the strategy random does not learn from other runs") == true)
  }
}
