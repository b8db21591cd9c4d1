import Configuration
import Experiments
import ExperimentsTestKit
import Synchronization
import TestKit
import Testing
import Training

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
