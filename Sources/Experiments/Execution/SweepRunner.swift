import Configuration
import Datasets
import Foundation

/// Executes the missing runs of an experiment, with a limit on concurrent runs.
///
/// The plan is derived again after every change, so repetitions follow once trials are done.
/// Several sweeps may share a store: a sweep waits for runs that another sweep is executing. A run
/// whose process is killed from outside resumes from its checkpoint, up to three times. A run that
/// cannot be started is retried if the cause is temporary, and otherwise given up; after three
/// consecutive runs that were given up, the sweep starts nothing more and waits for the runs that
/// are active.
public struct SweepRunner {
  let plan: Plan
  let store: RunStore
  private let launcher: any RunLauncher
  let jobs: Int
  let retryFailed: Bool
  let stop: StopSignal
  let grace: Duration
  let display: any ProgressDisplay

  /// Creates a sweep.
  ///
  /// - Parameters:
  ///   - plan: The experiment.
  ///   - store: The store of the runs.
  ///   - launcher: The launcher that starts runs.
  ///   - jobs: Maximum number of concurrent runs.
  ///   - retryFailed: Whether runs that failed before are tried once more.
  ///   - stop: Ends the sweep: active runs are asked to write a checkpoint.
  ///   - grace: How long a run may continue after that before its process is killed; a second stop
  ///     request kills it immediately.
  ///   - display: The display of events and progress.
  public init(
    plan: Plan, store: RunStore, launcher: any RunLauncher, jobs: Int = 1,
    retryFailed: Bool = false, stop: StopSignal = StopSignal(), grace: Duration = .seconds(60),
    display: any ProgressDisplay = SilentDisplay()
  ) {
    self.plan = plan
    self.store = store
    self.launcher = launcher
    self.jobs = max(1, jobs)
    self.retryFailed = retryFailed
    self.stop = stop
    self.grace = grace
    self.display = display
  }

  /// Executes the missing runs, and returns when nothing is left to do.
  ///
  /// - Throws: ``Diagnostic`` if the store cannot be created or used; by then, active runs have
  ///   been stopped with a checkpoint.
  public func run() throws -> Summary {
    try createFolder(store.path)
    return try run(launcher)
  }

  private func run(_ launcher: some RunLauncher) throws -> Summary {
    var sweep = Sweep(runner: self, launcher: launcher)
    defer { display.finish() }
    do { return try run(&sweep) } catch {
      sweep.abandon()
      throw error
    }
  }

  private func run(_ sweep: inout Sweep<some RunLauncher>) throws -> Summary {
    if let note = try sweep.noteOnEarlierRuns() { display.event(note) }
    try sweep.attach()
    var pause: UInt32 = 0
    while true {
      let hasNews = try sweep.recordEnded()
      if stop.isRequested { return try sweep.stopAndSummarize() }
      let waiting = try sweep.startMissing()
      display.show(try sweep.status())
      if sweep.isIdle && !waiting { return try sweep.summary(wasStopped: false) }
      pause = hasNews ? 5000 : min(longestPause, pause + longestPause / 20)
      sleep(microseconds: pause)
    }
  }

  private var longestPause: UInt32 { UInt32(launcher.queryInterval / .microseconds(1)) }

  /// Pauses, unless a stop is requested.
  private func sleep(microseconds: UInt32) {
    var left = microseconds
    while left > 0, !stop.isRequested {
      let part = min(left, 200_000)
      usleep(part)
      left -= part
    }
  }

  /// Starts the missing runs that can be named now, without waiting for their ends.
  ///
  /// Runs that an earlier sweep started and that have not ended are not started again. This is for
  /// launchers whose runs do not end with the process that started them.
  ///
  /// - Throws: ``Diagnostic`` if the store cannot be created or used.
  public func startOnly() throws -> Summary {
    try createFolder(store.path)
    return try startOnly(launcher)
  }

  private func startOnly(_ launcher: some RunLauncher) throws -> Summary {
    var sweep = Sweep(runner: self, launcher: launcher)
    defer { display.finish() }
    if let note = try sweep.noteOnEarlierRuns() { display.event(note) }
    try sweep.attach()
    _ = try sweep.startMissing()
    return try sweep.summary(wasStopped: false)
  }
}
