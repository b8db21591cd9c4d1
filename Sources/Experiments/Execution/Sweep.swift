import Configuration
import Datasets
import Foundation

/// One call of ``SweepRunner/run()``: starts missing runs, records how they end, and stops them.
struct Sweep<Launcher: RunLauncher> {
  private let runner: SweepRunner
  private var planned: PlannedRuns
  private var active: ActiveRuns<Launcher>
  private var attempts = StartAttempts()
  /// The durations of finished runs in seconds.
  private var durations: [Double] = []

  init(runner: SweepRunner, launcher: Launcher) {
    self.runner = runner
    planned = PlannedRuns(of: runner.plan, in: runner.store, retriesFailures: runner.retryFailed)
    active = ActiveRuns(launcher: launcher)
  }

  private var store: RunStore { runner.store }
  private var display: any ProgressDisplay { runner.display }

  /// Whether no run of this sweep is active.
  var isIdle: Bool { active.isEmpty }

  // MARK: Starting

  /// Returns a sentence on runs of earlier semantics, if there are runs to be made.
  mutating func noteOnEarlierRuns() throws -> String? {
    try planned.known().contains { planned.state($0.id) == .absent }
      ? store.noteOnEarlierRuns() : nil
  }

  /// Makes the runs that an earlier sweep started and that have not ended part of this sweep.
  mutating func attach() throws {
    let open = try planned.known().filter { run in
      switch planned.state(run.id) {
      case .done, .damaged: false
      case .failed: planned.isToBeRetried(run.id)
      case .absent, .incomplete, .running: true
      }
    }
    for (run, words) in try active.attach(to: open, in: store) {
      display.event("\(run.description): \(words), by an earlier sweep (\(run.id.prefix(8)))")
    }
  }

  /// Starts runs while fewer than the maximum are active.
  ///
  /// Returns whether some runs are still to be started, or are active in another sweep.
  mutating func startMissing() throws -> Bool {
    if attempts.areHopeless { return false }
    var isWaiting = false
    let room = active.haveQueue ? Int.max : runner.jobs - active.count
    var missing: [Plan.Run] = []
    for run in try planned.known() where !active.contains(run.id) {
      guard attempts.reasonForGivingUp(run.id) == nil else { continue }
      let isWaitingForVerdict = try planned.isWaitingForVerdict(run)
      switch try planned.state(of: run) {
      case .done, .pruned, .excluded: continue
      case .incomplete where isWaitingForVerdict: continue
      case .failed where !planned.isToBeRetried(run.id): continue
      case .damaged: continue
      case .running: isWaiting = true
      case .absent, .incomplete, .failed:
        isWaiting = true
        if missing.count < room, attempts.isDue { missing.append(run) }
      }
    }
    if !missing.isEmpty { try start(missing) }
    return attempts.areHopeless ? !active.isEmpty : isWaiting
  }

  private mutating func start(_ runs: [Plan.Run]) throws {
    if attempts.isFirst { try store.checkThatItLocks() }
    var ready: [(run: Plan.Run, directory: RunDirectory)] = []
    for run in runs where !attempts.areHopeless {
      do { ready.append((run, try store.prepare(run))) } catch {
        handleFailedStart(run, for: error)
      }
    }
    if ready.isEmpty { return }
    for ((run, _), answer) in zip(ready, active.start(ready)) {
      switch answer {
      case nil: continue
      case .success(let words):
        attempts.noteStart(of: run.id)
        planned.noteStart(of: run.id)
        let again = attempts.count(run.id) == 1 ? "" : ", again"
        display.event("\(run.description): \(words)\(again) (\(run.id.prefix(8)))")
      case .failure(let error):
        if !attempts.areHopeless { handleFailedStart(run, for: error) }
      }
    }
  }

  /// Gives up a run that cannot be started, unless the cause is temporary.
  private mutating func handleFailedStart(_ run: Plan.Run, for error: any Error) {
    guard attempts.noteFailure(of: run.id, because: error) else { return }
    let sentence = "\(run.description): not started: \(error)"
    attempts.giveUp(run.id, because: sentence)
    display.event(sentence)
    guard attempts.areHopeless else { return }
    display.event(
      "\(attempts.unstartableInARow) runs in a row could not be started: starting no more and waiting "
        + "for the \(active.count) that are running")
  }

  // MARK: Ending

  /// Records the runs that have ended; returns whether there were any.
  mutating func recordEnded() throws -> Bool {
    let ended = active.removeEnded()
    for (run, end, seconds) in ended { try record(end, of: run, seconds: seconds) }
    return !ended.isEmpty
  }

  private mutating func record(_ end: RunEnd, of run: Plan.Run, seconds: Double) throws {
    switch end {
    case .finished:
      durations.append(seconds)
      let metric = runner.plan.specification.selection.metric
      let score = try planned.outcome(run.id)?.record.flatMap { try $0.validation.value(metric) }
      let shown = score.map { ", validation \(metric) \(fixed($0, digits: 4))" } ?? ""
      let time = active.haveQueue ? "" : " in \(fixed(seconds, digits: 1)) s"
      display.event("\(run.description): done\(time)\(shown)")
    case .failed(let message):
      try recordFailure(message, of: run)
      display.event("\(run.description): failed: \(message)")
    case .stopped:
      let has = store.directory(run.id).hasCheckpoint ? "with a" : "without a"
      display.event("\(run.description): stopped \(has) checkpoint")
    case .paused:
      attempts.forgetStarts(of: run.id)
      let metric = runner.plan.specification.selection.metric
      let pause = try planned.pause(run.id)
      let score = pause?.values.last ?? nil
      let shown = score.map { ", validation \(metric) \(fixed($0, digits: 4))" } ?? ""
      let epochs = counted(pause?.epochs ?? 0, "epoch")
      display.event("\(run.description): paused after \(epochs)\(shown)")
    case .heldElsewhere:
      attempts.forgetStart(of: run.id)
      planned.forgetStart(of: run.id)
    case .lost(let reason, let isToBeRetried):
      display.event("\(run.description): lost: \(reason)")
      if !isToBeRetried {
        attempts.giveUp(run.id, because: "\(run.description): lost: \(reason)")
      } else if attempts.count(run.id) >= 3 {
        attempts.giveUp(run.id, because: "\(run.description): lost three times: \(reason)")
      }
    case .killed(let signal):
      display.event("\(run.description): killed (signal \(signal))")
      if attempts.count(run.id) >= 3 {
        attempts.giveUp(
          run.id,
          because: "\(run.description): its process was killed three times (signal \(signal)); "
            + "is there enough memory?")
      }
    }
  }

  /// Writes the failure of a run whose process could not write it.
  private mutating func recordFailure(_ message: String, of run: Plan.Run) throws {
    attempts.giveUp(run.id, because: "\(run.description): failed: \(message)")
    try store.directory(run.id).recordFailure(message)
  }

  // MARK: Stopping

  /// Stops all active runs with a checkpoint.
  mutating func stopAndSummarize() throws -> SweepRunner.Summary {
    try stopActive { _ = try $0.recordEnded() }
    display.event("stopped; rerun the same command to resume")
    return try summary(wasStopped: true)
  }

  /// Asks all active runs to stop and waits for them, without reading the store again.
  mutating func abandon() {
    stopActive { _ = $0.active.removeEnded() }
  }

  /// Asks all active runs to stop, and waits until `removeEnded` has removed them all; kills runs
  /// that are stuck.
  private mutating func stopActive(_ removeEnded: (inout Sweep) throws -> Void) rethrows {
    if active.isEmpty { return }
    let requests = runner.stop.requestCount
    let seconds = "\(fixed(runner.grace / .seconds(1), digits: 0)) s"
    display.event(
      "stopping: \(active.count) running runs write a checkpoint; one that still runs in \(seconds), "
        + "or at a second signal, is killed")
    active.stop()
    let deadline = ContinuousClock.now + runner.grace
    var isPatient = true
    while true {
      try removeEnded(&self)
      if active.isEmpty { return }
      if isPatient, runner.stop.requestCount > requests {
        isPatient = false
        killActive("still running at the second signal")
      } else if isPatient, ContinuousClock.now >= deadline {
        isPatient = false
        killActive("still running after \(seconds)")
      }
      usleep(20_000)
    }
  }

  private mutating func killActive(_ reason: String) {
    guard !active.isEmpty, active.kill() else { return }
    for run in active.runs {
      // This does not indicate a lack of memory.
      attempts.forgetStarts(of: run.id)
      display.event(
        "\(run.description): \(reason), so its process is killed (\(run.id.prefix(8)))")
    }
  }

  // MARK: Progress

  mutating func status() throws -> SweepStatus {
    let total = try planned.total()
    let states = try planned.known().map { try planned.state(of: $0) }
    let done = states.count { $0.isSettled }
    let mean = durations.isEmpty ? nil : durations.reduce(0, +) / Double(durations.count)
    let left = total - done - states.count { $0 == .failed }
    return SweepStatus(
      total: total, done: done, running: states.count { $0 == .running },
      failed: states.count { $0 == .failed },
      rowsPerSecond: active.runs.compactMap { store.directory($0.id).progress?.rowsPerSecond }
        .reduce(0, +),
      // How many runs a queue lets run at a time is not known.
      secondsLeft: active.haveQueue
        ? nil : mean.map { $0 * Double(left) / Double(runner.jobs) })
  }

  mutating func summary(wasStopped: Bool) throws -> SweepRunner.Summary {
    var counts: [RunStore.State: Int] = [:]
    var problems: [String] = []
    for run in try planned.known() {
      let state = try planned.state(of: run)
      let failure = state == .failed ? try planned.outcome(run.id)?.failure : nil
      counts[state, default: 0] += 1
      if let sentence = attempts.reasonForGivingUp(run.id) ?? planned.damage(run.id) {
        problems.append(sentence)
      } else if let failure {
        problems.append("\(run.description): failed: \(failure.message)")
      }
    }
    return SweepRunner.Summary(counts: counts, wasStopped: wasStopped, problems: problems)
  }
}
