import ExperimentsTestKit
import Foundation
import Testing

// Internal: HungRuns, SweepOutlook.
@testable import Experiments

/// What a sweep shows while it works.
@Suite struct SweepScreenTests {
  private static let status = SweepStatus(
    total: 40, done: 10, failed: 1,
    active: [
      SweepStatus.ActiveRun(
        description: "AESM², trial 2, seed 0",
        progress: RunProgress(step: 520, epoch: 2, rowsPerSecond: 6100, plannedSteps: 1000)),
      SweepStatus.ActiveRun(description: "MMoE with a long name, trial 11, seed 3", progress: nil),
    ],
    metric: "auc/macro",
    best: [
      SweepStatus.Best(row: "AESM²", trial: 2, runCount: 3, mean: 0.71234, halfWidth: 0.0021),
      SweepStatus.Best(
        row: "MMoE with a long name", trial: 0, runCount: 1, mean: 0.7, halfWidth: nil),
    ], secondsLeft: 3725)

  private func text(width: Int, height: Int = 24) -> String {
    Self.status.lines(width: width, height: height, style: .plain).joined(separator: "\n")
  }

  @Test func aWideWindowShowsEverything() {
    #expect(
      text(width: 100)
        == """
        [########......................] 10/40 done, 2 running, 1 failed, 6.1k rows/s, 1 h 2 min left
          AESM², trial 2, seed 0                  [##########..........]  52 %  6.1k rows/s
          MMoE with a long name, trial 11, seed 3 [....................]     -
        best so far by validation auc/macro, 95 % interval
          AESM²                  0.7123 ± 0.0021  trial 2, 3 runs
          MMoE with a long name  0.7000           trial 0, 1 run
        """.replacing("     -\n", with: "     -  \n"), "\n\(text(width: 100))")
  }

  @Test(arguments: [20, 30, 40, 47, 48, 60, 69, 70, 80, 120, 200])
  func everyLineFitsTheWindow(width: Int) {
    for height in 1...12 {
      let lines = Self.status.lines(width: width, height: height, style: .plain)
      #expect(lines.count <= height && lines.allSatisfy { $0.count < width }, "\(lines)")
      #expect(lines[0].contains("10/40 done") || width == 20)
    }
  }

  @Test func aNarrowWindowKeepsNamesAndPercentages() {
    let text = text(width: 40)
    #expect(text.contains("  AESM², trial 2, seed 0           52 %"), "\(text)")
    #expect(text.contains("MMoE with a long name, trial 1…"), "\(text)")
    #expect(text.contains("  AESM²                 0.7123 ± 0.0021"), "\(text)")
  }

  @Test func aLowWindowLeavesOutTheBestTrialsFirst() {
    #expect(
      text(width: 100, height: 3).split(separator: "\n").map { $0.prefix(6) }
        == ["[#####", "  AESM", "  MMoE"])
    #expect(text(width: 100, height: 2).hasSuffix("\n  … and 2 more runs"))
    #expect(text(width: 100, height: 5).hasSuffix("\n  … and 2 more rows"))
  }
}

/// The estimate of the remaining time.
@Suite struct SweepOutlookTests {
  private let toy: ToySweep
  private let runs: [Plan.Run]

  init() throws {
    toy = try ToySweep()
    runs = try toy.plan.runs { _ in nil }
  }

  private func outlook(_ durations: [Double]) throws -> SweepOutlook {
    let finished = runs.prefix(durations.count).map { ($0, fakeRecord($0.configuration)) }
    return try SweepOutlook(
      of: toy.specification, finished: finished,
      durations: Dictionary(uniqueKeysWithValues: zip(runs.map(\.id), durations)))
  }

  @Test func isUnknownBeforeTheFirstRunHasFinished() throws {
    #expect(try outlook([]).secondsLeft(ended: [], active: [(runs[0], nil)]) == nil)
    #expect(try outlook([10]).secondsLeft(ended: [runs[0]], active: []) == nil)
  }

  /// Fifteen runs of ten seconds each: one has ended, one is half done, thirteen wait.
  @Test func sharesTheWorkAmongActiveRuns() throws {
    let half = RunProgress(step: 50, epoch: 1, rowsPerSecond: 1, plannedSteps: 100)
    let one = try outlook([10]).secondsLeft(ended: [runs[0]], active: [(runs[1], half)])
    #expect(one == 135)
    let two = try outlook([10]).secondsLeft(
      ended: [runs[0]], active: [(runs[1], half), (runs[2], nil)])
    #expect(two == 67.5)
  }

  /// Runs that stopped after a quarter of their epochs let an active one at an eighth be half done.
  @Test func expectsRunsToStopAsEarlyAsOthersOfTheirRow() throws {
    var record = fakeRecord(runs[0].configuration)
    record.course.stoppedEarly = true
    record.configuration.training["epochs"] = .integer(8)
    let outlook = try SweepOutlook(
      of: toy.specification, finished: [(runs[0], record)], durations: [runs[0].id: 10])
    let progress = RunProgress(step: 125, epoch: 1, rowsPerSecond: 1, plannedSteps: 1000)
    let all = runs + [runs[0]]
    let left = outlook.secondsLeft(
      ended: Array(all.dropFirst(2).prefix(13)) + Array(repeating: runs[0], count: 20),
      active: [(runs[1], progress)])
    #expect(try #require(left) >= 5)
    #expect(outlook.best.isEmpty || outlook.best[0].runCount == 1)
  }

  @Test func theBestTrialHasAnIntervalOverItsSeeds() throws {
    _ = try toy.run(InProcessLauncher(executor: FakeExecutor()), jobs: 4)
    let status = try ExperimentStatus(of: try toy.plan, in: toy.store).sweep
    #expect(status.done == 15 && status.total == 15 && status.active.isEmpty)
    #expect(status.best.map(\.row) == ["Beta²", "Alpha", "Alpha wide"])
    for best in status.best {
      // A run of the search, and the repetitions on two seeds.
      #expect(best.runCount == 3)
      let values = try toy.plan.runs { try toy.store.outcome($0) }
        .filter { $0.row == best.row && $0.trial == best.trial }
        .compactMap { try toy.store.outcome($0.id)?.record?.validation.value(.init(.auc, .macro)) }
      #expect(best.mean == values.reduce(0, +) / 3)
      let deviation = try #require(Summary(values)?.deviation)
      // The 97.5 % quantile of Student's t with two degrees of freedom.
      let expected = 4.302652729911275 * deviation / 3.0.squareRoot()
      #expect(abs(try #require(best.halfWidth) - expected) < 1e-9 * expected)
    }
  }
}

/// Runs without a sign of life.
@Suite struct HungRunsTests {
  @Test func aRunThatShowsLifeIsLeftAlone() {
    var hung = HungRuns(timeout: .milliseconds(60))
    for count in 0..<12 {
      hung.look(at: ["a": "\(count)"])
      #expect(!hung.areSome)
      usleep(10_000)
    }
  }

  @Test func aSilentRunIsStoppedThenKilledAndEachOnlyOnce() {
    var hung = HungRuns(timeout: .milliseconds(60))
    var remedies: [HungRuns.Remedy] = []
    for _ in 0..<40 {
      hung.look(at: ["a": "same"])
      if let remedy = hung.remedy(for: "a", isOwn: true) { remedies.append(remedy) }
      usleep(10_000)
    }
    #expect(remedies == [.stop, .kill])
  }

  @Test func theRunOfAnotherIsLeftToItForAWhile() {
    var hung = HungRuns(timeout: .milliseconds(60))
    let begin = SuspendingClock.now
    var first: Duration?
    for _ in 0..<40 where first == nil {
      hung.look(at: ["a": "same"])
      if hung.remedy(for: "a", isOwn: false) != nil { first = .now - begin }
      usleep(10_000)
    }
    #expect(first.map { $0 >= .milliseconds(120) } == true)
  }

  /// An observer that was itself stopped has not observed.
  @Test func theTimeOfAnObserverThatWasStoppedDoesNotCount() {
    var hung = HungRuns(timeout: .milliseconds(1500))
    hung.look(at: ["a": "same"])
    usleep(1_700_000)
    hung.look(at: ["a": "same"])
    #expect(!hung.areSome)
  }

  @Test func aRunThatCannotBeObservedIsNotSilent() {
    var hung = HungRuns(timeout: .milliseconds(20))
    for _ in 0..<5 {
      hung.look(at: ["a": nil])
      usleep(10_000)
    }
    #expect(!hung.areSome)
  }
}
