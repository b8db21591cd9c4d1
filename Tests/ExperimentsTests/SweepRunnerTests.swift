import Experiments
import ExperimentsTestKit
import Foundation
import Reporting
import Synchronization
import TestKit
import Testing

@Suite struct SweepRunnerTests: Sendable {
  private let toy: ToySweep

  init() throws { toy = try ToySweep() }

  private func sweep(
    _ executor: FakeExecutor, in other: RunStore? = nil, jobs: Int = 2, retryFailed: Bool = false,
    stop: StopSignal = StopSignal(), display: any ProgressDisplay = SilentDisplay()
  ) throws -> SweepRunner.Summary {
    try toy.run(
      InProcessLauncher(executor: executor), in: other, jobs: jobs, retryFailed: retryFailed,
      stop: stop, display: display)
  }

  private func files(_ store: RunStore) throws -> [Report.File] {
    try Report.make(
      specification: toy.specification,
      results: try Results(of: toy.plan, in: StoredOutcomes(in: store)),
      catalog: toyCatalog
    ).files
  }

  @Test func bringsAnExperimentToItsEnd() throws {
    let executor = FakeExecutor()
    let summary = try sweep(executor)
    #expect(summary.isComplete)
    #expect(summary.counts == [.done: 15])
    let counts = executor.executions.withLock { Array($0.values) }
    #expect(counts.count == 15 && counts.allSatisfy { $0 == 1 })
  }

  @Test func runsNothingTwice() throws {
    _ = try sweep(FakeExecutor())
    let again = FakeExecutor()
    #expect(try sweep(again).isComplete)
    #expect(again.executions.withLock { $0.isEmpty })
  }

  @Test func twoSweepsShareTheWork() throws {
    let executors = [FakeExecutor(pause: 5000), FakeExecutor(pause: 5000)]
    let complete = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 2) { index in
      if (try? sweep(executors[index]))?.isComplete == true { complete.withLock { $0 += 1 } }
    }
    #expect(complete.withLock { $0 } == 2)
    var executions: [String: Int] = [:]
    for executor in executors {
      executions.merge(executor.executions.withLock { $0 }, uniquingKeysWith: +)
    }
    #expect(executions.count == 15 && executions.values.allSatisfy { $0 == 1 })
  }

  @Test func aStoppedSweepEndsInTheSameTable() throws {
    _ = try sweep(FakeExecutor())
    let interrupted = RunStore(at: toy.folder.path + "/interrupted")
    var stops = 0
    for attempt in 0..<40 {
      let stop = StopSignal()
      Thread.detachNewThread {
        usleep(UInt32(3000 + 7000 * attempt))
        stop.request()
      }
      let summary = try sweep(FakeExecutor(steps: 4, pause: 2000), in: interrupted, stop: stop)
      guard summary.wasStopped else { break }
      stops += 1
    }
    #expect(stops > 0)
    #expect(try files(interrupted) == files(toy.store))
  }

  @Test func aFailedRunStaysVisibleAndIsRetriedOnRequest() throws {
    let bad = FakeExecutor { $0.seed == 2 && $0.model == "beta" ? "the loss is nan" : nil }
    let first = try sweep(bad)
    #expect(!first.isComplete)
    #expect(first.counts == [.done: 14, .failed: 1])
    #expect(first.problems == ["Beta², seed 2: failed: the loss is nan"])
    let good = FakeExecutor()
    #expect(try sweep(good).problems == first.problems)
    #expect(good.executions.withLock { $0.isEmpty })
    let table = try files(toy.store)[0].text
    #expect(table.contains("Beta², seed 2: failed: the loss is nan"))
    #expect(table.contains("1/2"))
    #expect(try sweep(good, retryFailed: true).isComplete)
    #expect(good.executions.withLock { $0.count } == 1)
  }

  @Test func aDamagedRecordIsNamedAndTheOtherRunsFinish() throws {
    let run = try #require(try toy.plan.runs { _ in nil }.first)
    let directory = try toy.store.prepare(run.configuration)
    try "{".write(toFile: directory.recordPath, atomically: true, encoding: .utf8)
    let summary = try sweep(FakeExecutor())
    #expect(!summary.isComplete && summary.counts[.damaged] == 1)
    // The repetitions of its row wait for it.
    #expect(summary.counts[.done] == 12)
    #expect(summary.problems.count == 1)
    #expect(summary.problems.first?.hasPrefix(directory.recordPath) == true)
    #expect(
      summary.incompleteness == "the experiment is not complete: of 13 runs, 1 damaged")
    let status = try ExperimentStatus(of: try toy.plan, in: toy.store)
    #expect(status.rows[0].counts == [.damaged: 1, .done: 2, .absent: 2])
    #expect(status.problems.count == 1)
    #expect(try String(contentsOfFile: directory.recordPath, encoding: .utf8) == "{")
  }

  @Test func aFailedTrialIsNotChosen() throws {
    let settings = try toy.plan.runs { _ in nil }.filter { $0.row == "Alpha" && $0.trial > 0 }
      .map(\.configuration)
    let summary = try sweep(FakeExecutor { settings.contains($0) ? "diverged" : nil })
    #expect(summary.counts == [.done: 13, .failed: 2])
    let chosen = try toy.plan.runs { try toy.store.outcome($0) }
      .filter { $0.row == "Alpha" && $0.purpose == .result }
    #expect(chosen.map(\.trial) == [0, 0])
  }

  @Test func aRowWithoutAnyTrialHasNothingToChoose() throws {
    let summary = try sweep(
      FakeExecutor { $0.model == "beta" && $0.seed == 0 ? "diverged" : nil })
    #expect(summary.counts == [.done: 10, .failed: 3])
    let table = try files(toy.store)[0].text
    #expect(table.contains("Beta²: no trial has a score, so nothing could be chosen."))
    #expect(table.contains("0/2"))
  }

  @Test func aRunThatCannotBeStartedIsLeftOutAlone() throws {
    let launcher = UnreliableLauncher(refusals: 1, isTemporary: false)
    let summary = try toy.run(launcher)
    #expect(summary.problems.count == 1)
    #expect(summary.problems[0].hasSuffix("not started: no processes are left"))
    #expect((summary.counts[.done] ?? 0) > 5)
  }

  @Test func aStartThatIsRefusedForTheMomentIsTriedAgain() throws {
    let launcher = UnreliableLauncher(refusals: 3, isTemporary: true)
    let summary = try toy.run(launcher)
    #expect(summary.isComplete, "\(summary.problems)")
  }

  @Test func asksALauncherOnceARoundForAllRuns() throws {
    let cluster = MadeUpCluster()
    let summary = try toy.run(cluster, jobs: 16)
    #expect(summary.isComplete)
    // Nine trials end together, then six repetitions.
    #expect(cluster.log.withLock { $0.queries } == [9, 6])
  }

  @Test func startsAllRunsAtOnceWhereALauncherHasAQueue() throws {
    let cluster = MadeUpCluster(hasQueue: true)
    #expect(try toy.run(cluster, jobs: 1).isComplete)
    #expect(cluster.log.withLock { $0.starts } == [9, 6])
  }

  @Test func asksAgainForRunsThatALauncherPostpones() throws {
    let cluster = MadeUpCluster(hasQueue: true, room: 4)
    #expect(try toy.run(cluster).isComplete)
    #expect(cluster.log.withLock { $0.starts } == [4, 4, 4, 1, 2])
  }

  @Test func runsOfAnEarlierSweepAreNotStartedAgain() throws {
    let earlier = Set(
      try toy.plan.runs { _ in nil }.prefix(5).map { toy.store.directory($0.id).path })
    for run in try toy.plan.runs(outcome: { _ in nil }) {
      _ = try toy.store.prepare(run.configuration)
    }
    let (cluster, display) = (MadeUpCluster(hasQueue: true, earlier: earlier), RecordingDisplay())
    #expect(try toy.run(cluster, display: display).isComplete)
    // Repetitions of a row follow as soon as its trials are done.
    #expect(cluster.log.withLock { $0.starts } == [6, 4])
    #expect(
      display.lines.withLock { $0 }.count { $0.contains("started, by an earlier sweep") } == 5)
  }

  @Test func aLostRunIsStartedAgainAndGivenUpAtTheThirdTime() throws {
    let cluster = MadeUpCluster(hasQueue: true, end: .lost("its node is gone", isToBeRetried: true))
    let summary = try toy.run(cluster)
    #expect(cluster.log.withLock { $0.starts } == [9, 9, 9])
    #expect(summary.counts == [.incomplete: 9])
    #expect(summary.problems.count == 9)
    #expect(summary.problems.first?.hasSuffix("lost three times: its node is gone") == true)
  }

  @Test func aRunThatWasCancelledIsNotStartedAgain() throws {
    let cluster = MadeUpCluster(hasQueue: true, end: .lost("cancelled", isToBeRetried: false))
    #expect(try toy.run(cluster).problems.count == 9)
    #expect(cluster.log.withLock { $0.starts } == [9])
  }

  @Test func startingOnlyWaitsForNothing() throws {
    let cluster = MadeUpCluster(holdsJobs: true, hasQueue: true)
    let runner = SweepRunner(plan: try toy.plan, store: toy.store, launcher: cluster)
    let summary = try runner.startOnly()
    #expect(!summary.isComplete && !summary.wasStopped && summary.problems.isEmpty)
    #expect(summary.counts == [.incomplete: 9])
    #expect(cluster.log.withLock { $0.starts } == [9])
    #expect(
      cluster.log.withLock { $0.queries }.isEmpty && cluster.log.withLock { $0.stops }.isEmpty)
  }

  @Test func asksALauncherOnceToStopAllRuns() throws {
    let (cluster, stop) = (MadeUpCluster(holdsJobs: true), StopSignal())
    Thread.detachNewThread {
      while cluster.log.withLock({ $0.queries.isEmpty }) { usleep(1000) }
      stop.request()
    }
    #expect(try toy.run(cluster, jobs: 16, stop: stop).wasStopped)
    #expect(cluster.log.withLock { $0.stops } == [9])
    #expect(cluster.log.withLock { $0.queries }.allSatisfy { $0 == 9 })
  }

  @Test func showsOneLinePerEvent() throws {
    let display = RecordingDisplay()
    _ = try sweep(FakeExecutor(), jobs: 1, display: display)
    let lines = display.lines.withLock { $0 }
    #expect(lines.count == 30)
    #expect(lines.first?.hasPrefix("Beta², trial 0, seed 0: started") == true)
    #expect(lines[1].contains("Beta², trial 0, seed 0: done in"))
    #expect(lines[1].contains("validation auc/macro 0.70"))
  }
}

/// Refuses the first starts.
private final class UnreliableLauncher: RunLauncher {
  private let refusals: Mutex<Int>
  private let isTemporary: Bool
  private let launcher = InProcessLauncher(executor: FakeExecutor())

  init(refusals: Int, isTemporary: Bool) {
    self.refusals = Mutex(refusals)
    self.isTemporary = isTemporary
  }

  func start(_ runs: [RunDirectory]) -> [RunStart<ThreadRun>] {
    runs.flatMap { run -> [RunStart<ThreadRun>] in
      let isRefused = refusals.withLock { count in
        count -= 1
        return count >= 0
      }
      return isRefused
        ? [.refused(StartError("no processes are left", isTemporary: isTemporary))]
        : launcher.start([run])
    }
  }

  func ends(of runs: [ThreadRun]) -> [RunEnd?] { launcher.ends(of: runs) }
  func stop(_ runs: [ThreadRun]) { launcher.stop(runs) }
  func kill(_ runs: [ThreadRun]) -> Bool { launcher.kill(runs) }
}

/// A made-up cluster: jobs wait in a queue, and a query for their state lets those that were not
/// stopped run to their end.
private final class MadeUpCluster: RunLauncher {
  struct Log {
    var starts: [Int] = []
    var queries: [Int] = []
    var stops: [Int] = []
    var stopped: Set<String> = []
  }

  let log = Mutex(Log())
  let hasQueue: Bool
  private let holdsJobs: Bool
  private let room: Int
  private let earlier: Set<String>
  private let end: RunEnd?

  /// Creates a cluster.
  ///
  /// - Parameters:
  ///   - holdsJobs: Whether jobs stay in the queue until they are stopped.
  ///   - hasQueue: Whether it takes more jobs than the sweep's maximum of concurrent runs.
  ///   - room: The most jobs that it accepts at a time.
  ///   - earlier: The paths of runs that an earlier sweep submitted.
  ///   - end: How every job ends, without being executed.
  init(
    holdsJobs: Bool = false, hasQueue: Bool = false, room: Int = .max, earlier: Set<String> = [],
    end: RunEnd? = nil
  ) {
    self.holdsJobs = holdsJobs
    self.hasQueue = hasQueue
    self.room = room
    self.earlier = earlier
    self.end = end
  }

  func start(_ runs: [RunDirectory]) -> [RunStart<RunDirectory>] {
    log.withLock { $0.starts.append(min(room, runs.count)) }
    return runs.enumerated().map { $0 < room ? .started($1) : .postponed }
  }

  func attach(to runs: [RunDirectory]) -> [RunDirectory?] {
    runs.map { earlier.contains($0.path) ? $0 : nil }
  }

  func ends(of jobs: [RunDirectory]) -> [RunEnd?] {
    let stopped = log.withLock {
      $0.queries.append(jobs.count)
      return $0.stopped
    }
    return jobs.map { job in
      if let end { return end }
      if stopped.contains(job.path) { return .stopped }
      if holdsJobs { return nil }
      let attempt = RunAttempt(in: job, executor: FakeExecutor(), control: RunControl())
      return try? attempt.perform()
    }
  }

  func stop(_ jobs: [RunDirectory]) {
    log.withLock {
      $0.stops.append(jobs.count)
      $0.stopped.formUnion(jobs.map(\.path))
    }
  }

  func kill(_ jobs: [RunDirectory]) -> Bool { false }
}
