import Configuration
import Datasets
import Foundation

/// Executes the missing runs of an experiment, with a limit on concurrent runs.
///
/// The plan is derived again after every change, so repetitions follow once trials are done. Any
/// number of processes may call ``run()`` for the same store, from any machine that shares it and
/// at any time; none has a special role. Each claims runs by their locks, waits for the runs of the
/// others, and returns when nothing is left to do.
///
/// - A run whose process is killed resumes from its checkpoint, here or in another process. A run
///   that is killed more often than `retries` in a row without another checkpoint fails.
/// - A run whose process hangs is taken over: see `heartbeatTimeout`.
/// - A run that cannot be started is retried if the cause is temporary, and otherwise given up;
///   after three consecutive runs that were given up, the sweep starts nothing more and waits for
///   the runs that are active.
public struct SweepRunner {
  let plan: Plan
  let store: RunStore
  private let launcher: any RunLauncher
  let jobs: Int
  let retryFailed: Bool
  let retries: Int
  let heartbeatTimeout: Duration
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
  ///   - retries: How often a run is tried again whose process was killed before it wrote another
  ///     checkpoint.
  ///   - heartbeatTimeout: How long a process may hold a run without a sign of life, which it gives
  ///     every second. It is then asked to stop and, ten seconds later, killed, if it is on this
  ///     machine, and reported otherwise.
  ///   - stop: Ends the sweep: active runs are asked to write a checkpoint.
  ///   - grace: How long a run may continue after that before its process is killed; a second stop
  ///     request kills it immediately.
  ///   - display: The display of events and progress.
  public init(
    plan: Plan, store: RunStore, launcher: any RunLauncher, jobs: Int = 1,
    retryFailed: Bool = false, retries: Int = 2, heartbeatTimeout: Duration = .seconds(120),
    stop: StopSignal = StopSignal(), grace: Duration = .seconds(60),
    display: any ProgressDisplay = SilentDisplay()
  ) {
    self.plan = plan
    self.store = store
    self.launcher = launcher
    self.jobs = max(1, jobs)
    self.retryFailed = retryFailed
    self.retries = retries
    self.heartbeatTimeout = heartbeatTimeout
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
    var pause = Duration.zero
    while true {
      let hasNews = try sweep.recordEnded()
      if stop.isRequested { return try sweep.stopAndSummarize() }
      try sweep.planned.lookIfDue()
      try sweep.endHung()
      let waiting = try sweep.startMissing()
      try display.show { try sweep.status() }
      if sweep.isIdle && !waiting { return try sweep.summary(wasStopped: false) }
      let longest = launcher.queryInterval
      pause = hasNews ? .milliseconds(5) : min(longest, pause + longest / 20)
      wait(for: sweep, atMost: pause)
    }
  }

  /// Waits until a run may have ended or a stop is requested, or until the time is over.
  private func wait(for sweep: Sweep<some RunLauncher>, atMost limit: Duration) {
    var left = limit
    while left > .zero, !stop.isRequested {
      let begin = ContinuousClock.now
      let part = min(left, .milliseconds(200))
      sweep.active.wait(atMost: part)
      if .now - begin < part { return }
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
    sweep.lookAtStarted()
    return try sweep.summary(wasStopped: false)
  }
}

extension SweepRunner {
  /// How a sweep ended.
  public struct Summary: Sendable, Equatable {
    /// The number of runs in each state, counting each run once.
    public var counts: [RunStore.State: Int]
    /// The number of runs that this process has finished.
    public var finishedHere: Int
    /// Whether the sweep was asked to stop.
    public var wasStopped: Bool
    /// One sentence per unfinished run, in the order of the plan.
    public var problems: [String]

    /// Whether nothing is left to do.
    public var isComplete: Bool {
      !wasStopped && problems.isEmpty
        && counts.allSatisfy { $0.key.isSettled || $0.value == 0 }
    }

    /// A message on how many runs are not done and how to proceed.
    public var incompleteness: String {
      let total = counts.values.reduce(0, +)
      let parts = RunStore.State.allCases.compactMap { state -> String? in
        guard !state.isSettled, let count = counts[state], count > 0 else { return nil }
        return "\(count) \(state.rawValue)"
      }
      let failed = counts[.failed, default: 0] > 0
      return "the experiment is not complete: of \(total) runs, "
        + (parts.isEmpty ? "some have problems" : "\(parts.joined(separator: ", "))")
        + (failed ? "; --retry-failed tries failed runs again" : "")
    }
  }
}
