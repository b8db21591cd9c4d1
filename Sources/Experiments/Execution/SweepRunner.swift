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
  /// How a sweep ended.
  public struct Summary: Sendable, Equatable {
    /// The number of runs in each state, counting each run once.
    public var counts: [RunStore.State: Int]
    /// Whether the sweep was asked to stop.
    public var wasStopped: Bool
    /// One sentence per unfinished run, in the order of the plan.
    public var problems: [String]

    /// Whether every run is done.
    public var isComplete: Bool {
      !wasStopped && problems.isEmpty
        && counts.allSatisfy { $0.key == .done || $0.value == 0 }
    }

    /// A message on how many runs are not done and how to proceed.
    public var incompleteness: String {
      let total = counts.values.reduce(0, +)
      let parts = RunStore.State.allCases.compactMap { state -> String? in
        guard state != .done, let count = counts[state], count > 0 else { return nil }
        return "\(count) \(state.rawValue)"
      }
      let failed = counts[.failed, default: 0] > 0
      return "the experiment is not complete: of \(total) runs, "
        + (parts.isEmpty ? "some have problems" : "\(parts.joined(separator: ", "))")
        + (failed ? "; --retry-failed tries failed runs again" : "")
    }
  }

  private let plan: Plan
  private let store: RunStore
  private let launcher: any RunLauncher
  private let jobs: Int
  private let retryFailed: Bool
  private let stop: StopSignal
  private let grace: Duration
  private let display: any ProgressDisplay

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
    var pause: UInt32 = 0
    while true {
      let hasNews = try sweep.reap()
      if stop.isRequested { return try sweep.stopAndSummarize() }
      let waiting = try sweep.launchMissing()
      display.show(try sweep.status())
      if sweep.live.isEmpty && !waiting { return try sweep.summary(wasStopped: false) }
      pause = hasNews ? 5000 : min(200_000, pause + 10_000)
      usleep(pause)
    }
  }

  /// The state of one call of `run()`.
  private struct Sweep<Launcher: RunLauncher> {
    let runner: SweepRunner
    let launcher: Launcher
    var live: [(run: Plan.Run, launched: Launcher.Launched, begin: Date)] = []
    /// The finished runs, by id.
    private var records: [String: RunOutcome] = [:]
    /// How often each run was started.
    private var attempts: [String: Int] = [:]
    /// Why runs were given up.
    private var givenUp: [String: String] = [:]
    /// Why the records of runs are unusable.
    private var damaged: [String: String] = [:]
    /// The durations of finished runs in seconds.
    private var durations: [Double] = []
    /// The number of failed starts of each run.
    private var startFailures: [String: Int] = [:]
    /// The earliest time of the next start, after a temporary failure.
    private var nextStart = ContinuousClock.now
    /// The number of runs given up since the last successful start.
    private var unstartableInARow = 0
    /// The runs of the most recently derived plan.
    private var lastKnownRuns: [Plan.Run] = []
    /// The observations that this plan depended on; nil before the first plan.
    private var observations: [Observation]?

    /// The state of a run before its outcome was read.
    private struct Observation: Equatable {
      let id: String
      let state: RunStore.State
      let isToBeRetried: Bool
    }

    private static var startAttemptLimit: Int { 5 }
    private static var unstartableLimit: Int { 3 }

    init(runner: SweepRunner, launcher: Launcher) {
      self.runner = runner
      self.launcher = launcher
    }

    private var store: RunStore { runner.store }
    private var display: any ProgressDisplay { runner.display }

    // MARK: Starting

    /// Returns a sentence on runs of earlier semantics, if there are runs to be made.
    mutating func noteOnEarlierRuns() throws -> String? {
      try knownRuns().contains { state($0.id) == .absent } ? store.noteOnEarlierRuns() : nil
    }

    /// Starts runs while fewer than the maximum are active.
    ///
    /// Returns whether some runs are still to be started, or are active in another sweep.
    mutating func launchMissing() throws -> Bool {
      if unstartableInARow >= Self.unstartableLimit { return false }
      var isWaiting = false
      for run in try knownRuns() where !live.contains(where: { $0.run.id == run.id }) {
        guard givenUp[run.id] == nil else { continue }
        switch state(run.id) {
        case .done: continue
        case .failed where !isToBeRetried(run.id): continue
        case .damaged: continue
        case .running: isWaiting = true
        case .absent, .incomplete, .failed:
          isWaiting = true
          guard live.count < runner.jobs, ContinuousClock.now >= nextStart else { continue }
          if attempts.isEmpty { try store.checkThatItLocks() }
          launch(run)
          if unstartableInARow >= Self.unstartableLimit { return !live.isEmpty }
        }
      }
      return isWaiting
    }

    private mutating func launch(_ run: Plan.Run) {
      do {
        let directory = try store.prepare(run.configuration)
        if let predictions = run.predictions {
          try ExternalPredictions(folder: predictions).copy(to: directory.predictionsPath)
        }
        live.append((run, try launcher.start(in: directory), Date()))
      } catch { return handleFailedStart(run, for: error) }
      unstartableInARow = 0
      attempts[run.id, default: 0] += 1
      let again = attempts[run.id] == 1 ? "" : ", again"
      display.event("\(run.description): started\(again) (\(run.id.prefix(8)))")
    }

    /// Gives up a run that cannot be started, unless the cause is temporary.
    private mutating func handleFailedStart(_ run: Plan.Run, for error: any Error) {
      let count = startFailures[run.id, default: 0] + 1
      startFailures[run.id] = count
      if (error as? StartError)?.isTemporary == true, count < Self.startAttemptLimit {
        nextStart = .now + .milliseconds(100 << count)
        return
      }
      let sentence = "\(run.description): not started: \(error)"
      givenUp[run.id] = sentence
      display.event(sentence)
      unstartableInARow += 1
      guard unstartableInARow == Self.unstartableLimit else { return }
      display.event(
        "\(unstartableInARow) runs in a row could not be started: starting no more and waiting for the "
          + "\(live.count) that are running")
    }

    // MARK: Ending

    /// Records the runs that have ended; returns whether there were any.
    mutating func reap() throws -> Bool {
      let ended = removeEnded()
      for (run, end, seconds) in ended { try record(end, of: run, seconds: seconds) }
      return !ended.isEmpty
    }

    /// Queries the launcher once for all live runs, and removes those that have ended.
    private mutating func removeEnded() -> [(run: Plan.Run, end: RunEnd, seconds: Double)] {
      if live.isEmpty { return [] }
      let ends = launcher.ends(of: live.map(\.launched))
      precondition(ends.count == live.count, "a launcher answers for every run it is asked about")
      let ended = zip(live, ends).compactMap { run, end in
        end.map { (run.run, $0, Date().timeIntervalSince(run.begin)) }
      }
      live = zip(live, ends).filter { $1 == nil }.map { $0.0 }
      return ended
    }

    private mutating func record(_ end: RunEnd, of run: Plan.Run, seconds: Double) throws {
      switch end {
      case .finished:
        durations.append(seconds)
        let metric = runner.plan.specification.selection.metric
        let score = try outcome(run.id)?.record.flatMap { try $0.validation.value(metric) }
        let shown = score.map { ", validation \(metric) \(fixed($0, digits: 4))" } ?? ""
        display.event("\(run.description): done in \(fixed(seconds, digits: 1)) s\(shown)")
      case .failed(let message):
        try recordFailure(message, of: run)
        display.event("\(run.description): failed: \(message)")
      case .stopped:
        let has = store.directory(run.id).hasCheckpoint ? "with a" : "without a"
        display.event("\(run.description): stopped \(has) checkpoint")
      case .heldElsewhere: attempts[run.id, default: 1] -= 1
      case .killed(let signal):
        display.event("\(run.description): killed (signal \(signal))")
        if attempts[run.id, default: 0] >= 3 {
          givenUp[run.id] =
            "\(run.description): its process was killed three times (signal \(signal)); "
            + "is there enough memory?"
        }
      }
    }

    /// Writes the failure of a run whose process could not write it.
    private mutating func recordFailure(_ message: String, of run: Plan.Run) throws {
      let directory = store.directory(run.id)
      givenUp[run.id] = "\(run.description): failed: \(message)"
      guard try directory.outcome() == nil, let lock = try directory.take() else { return }
      try withExtendedLifetime(lock) {
        try directory.write(
          RunFailure(
            configuration: run.configuration, message: message, provenance: .current()))
      }
    }

    /// Stops all live runs with a checkpoint.
    mutating func stopAndSummarize() throws -> Summary {
      try stopLive { _ = try $0.reap() }
      display.event("stopped; rerun the same command to resume")
      return try summary(wasStopped: true)
    }

    /// Asks all live runs to stop and waits for them, without reading the store again.
    mutating func abandon() {
      stopLive { _ = $0.removeEnded() }
    }

    /// Asks all live runs to stop, and waits until `reap` has removed them all; kills runs that are
    /// stuck.
    private mutating func stopLive(_ reap: (inout Sweep) throws -> Void) rethrows {
      if live.isEmpty { return }
      let requests = runner.stop.requestCount
      let seconds = "\(fixed(runner.grace / .seconds(1), digits: 0)) s"
      display.event(
        "stopping: \(live.count) running runs write a checkpoint; one that still runs in \(seconds), "
          + "or at a second signal, is killed")
      launcher.stop(live.map(\.launched))
      let deadline = ContinuousClock.now + runner.grace
      var isPatient = true
      while true {
        try reap(&self)
        if live.isEmpty { return }
        if isPatient, runner.stop.requestCount > requests {
          isPatient = false
          killLive("still running at the second signal")
        } else if isPatient, ContinuousClock.now >= deadline {
          isPatient = false
          killLive("still running after \(seconds)")
        }
        usleep(20_000)
      }
    }

    private mutating func killLive(_ reason: String) {
      guard !live.isEmpty, launcher.kill(live.map(\.launched)) else { return }
      for (run, _, _) in live {
        // This does not indicate a lack of memory.
        attempts[run.id] = 0
        display.event(
          "\(run.description): \(reason), so its process is killed (\(run.id.prefix(8)))")
      }
    }

    // MARK: Looking

    private func isToBeRetried(_ id: String) -> Bool {
      runner.retryFailed && attempts[id, default: 0] == 0
    }

    private func state(_ id: String) -> RunStore.State {
      if records[id] != nil { return .done }
      return damaged[id] == nil ? store.state(id) : .damaged
    }

    private mutating func outcome(_ id: String) throws -> RunOutcome? {
      if let known = records[id] { return known }
      if damaged[id] != nil { return nil }
      let found: RunOutcome?
      do { found = try store.outcome(id) } catch let error as Diagnostic
        where error.systemFailure == nil
      {
        damaged[id] = "\(error); to run it again, remove the folder"
        return nil
      }
      guard let outcome = found else { return nil }
      switch outcome {
      case .done:
        records[id] = outcome
        return outcome
      case .failed: return isToBeRetried(id) ? nil : outcome
      }
    }

    /// The distinct runs that the plan names so far.
    ///
    /// The plan is derived again when the state of a run that it depends on changes: a run of any
    /// trial up to the first open trial of a row.
    private mutating func knownRuns() throws -> [Plan.Run] {
      if let observations, observations.allSatisfy({ $0 == observe($0.id) }) {
        return lastKnownRuns
      }
      var seen: Set<String> = []
      var new: [Observation] = []
      lastKnownRuns = try runner.plan.runs {
        new.append(observe($0))
        return try outcome($0)
      }.filter { seen.insert($0.id).inserted }
      observations = new
      return lastKnownRuns
    }

    private func observe(_ id: String) -> Observation {
      Observation(id: id, state: state(id), isToBeRetried: isToBeRetried(id))
    }

    mutating func status() throws -> SweepStatus {
      let runs = try knownRuns()
      let states = runs.map { state($0.id) }
      let total = max(runner.plan.finalCount, runs.count)
      let done = states.count { $0 == .done }
      let mean = durations.isEmpty ? nil : durations.reduce(0, +) / Double(durations.count)
      let left = total - done - states.count { $0 == .failed }
      return SweepStatus(
        total: total, done: done, running: states.count { $0 == .running },
        failed: states.count { $0 == .failed },
        rowsPerSecond: live.compactMap { store.directory($0.run.id).progress?.rowsPerSecond }
          .reduce(0, +),
        secondsLeft: mean.map { $0 * Double(left) / Double(runner.jobs) })
    }

    mutating func summary(wasStopped: Bool) throws -> Summary {
      var counts: [RunStore.State: Int] = [:]
      var problems: [String] = []
      for run in try knownRuns() {
        let failure = try outcome(run.id)?.failure
        counts[state(run.id), default: 0] += 1
        if let sentence = givenUp[run.id] ?? damaged[run.id] {
          problems.append(sentence)
        } else if let failure {
          problems.append("\(run.description): failed: \(failure.message)")
        }
      }
      return Summary(counts: counts, wasStopped: wasStopped, problems: problems)
    }
  }
}

extension Plan.Run {
  /// The run's place in the experiment, for messages.
  public var description: String {
    switch purpose {
    case .search: "\(row), trial \(trial), seed \(configuration.seed)"
    case .result: "\(row), seed \(configuration.seed)"
    }
  }
}
