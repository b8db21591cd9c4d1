import Configuration
import Datasets
import Foundation
import TensorCore

/// One call of ``SweepRunner/run()``: starts missing runs, records how they end, and stops them.
struct Sweep<Launcher: RunLauncher> {
  let runner: SweepRunner
  var planned: PlannedRuns
  var active: ActiveRuns<Launcher>
  var hung: HungRuns
  private var attempts = StartAttempts()
  private var hasCheckedLocks = false
  /// The runs whose processes were killed because the sweep ends.
  private var killedAtEnd: Set<String> = []
  /// The wall-clock seconds of the runs that this sweep has finished, by id.
  private(set) var durations: [String: Double] = [:]
  /// What the finished runs say about the others.
  var outlook: SweepOutlook?

  init(runner: SweepRunner, launcher: Launcher) {
    self.runner = runner
    planned = PlannedRuns(of: runner.plan, in: runner.store, retriesFailures: runner.retryFailed)
    active = ActiveRuns(launcher: launcher)
    hung = HungRuns(timeout: runner.heartbeatTimeout)
  }

  var store: RunStore { runner.store }
  var display: any ProgressDisplay { runner.display }

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
    for (run, words) in try active.attach(to: try planned.open(), in: store) {
      display.event("\(run.description): \(words), by an earlier sweep (\(run.id.prefix(8)))")
    }
  }

  /// Starts runs while fewer than the maximum are active.
  ///
  /// Returns whether some runs are still to be started, or are active in another sweep.
  mutating func startMissing() throws -> Bool {
    if attempts.areHopeless { return false }
    let room = active.haveQueue ? Int.max : runner.jobs - active.count
    guard room > 0 else { return true }
    var isWaiting = false
    var missing: [Plan.Run] = []
    for run in try inOrderOfClaims(try planned.open()) where !active.contains(run.id) {
      guard attempts.reasonForGivingUp(run.id) == nil else { continue }
      isWaiting = true
      guard planned.state(run.id) != .running, attempts.isDue else { continue }
      missing.append(run)
      if missing.count == room { break }
    }
    if !missing.isEmpty { try start(missing) }
    return attempts.areHopeless ? !active.isEmpty : isWaiting
  }

  /// Returns the runs in the order in which this sweep tries to start them: that of the plan, but
  /// beginning somewhere else in every process if others work on the same runs, so that they seldom
  /// reach for the same one.
  private mutating func inOrderOfClaims(_ runs: [Plan.Run]) throws -> [Plan.Run] {
    guard runs.contains(where: { planned.state($0.id) == .running && !active.contains($0.id) })
    else { return runs }
    let start = Int(Self.position % UInt64(runs.count))
    return Array(runs[start...] + runs[..<start])
  }

  /// A number of this process.
  private static var position: UInt64 { stableHash("\(RunLease.ownHost)/\(getpid())") }

  private mutating func start(_ runs: [Plan.Run]) throws {
    if !hasCheckedLocks { try store.checkThatItLocks() }
    hasCheckedLocks = true
    var ready: [(run: Plan.Run, directory: RunDirectory)] = []
    for run in runs where !attempts.areHopeless {
      planned.look(at: run.id)
      switch planned.state(run.id) {
      case .absent, .incomplete: break
      case .failed where planned.isToBeRetried(run.id): break
      default: continue
      }
      let killed = store.directory(run.id).killedAttempts
      guard killed <= runner.retries else {
        try failAfterKills(run, killed, by: nil)
        continue
      }
      do { ready.append((run, try store.prepare(run))) } catch {
        handleFailedStart(run, for: error)
      }
    }
    if ready.isEmpty { return }
    let checkpoints = ready.map(\.directory.checkpointIdentity)
    for (((run, _), checkpoint), answer) in zip(zip(ready, checkpoints), active.start(ready)) {
      switch answer {
      case nil: planned.look(at: run.id)
      case .success(let words):
        attempts.noteStart(of: run.id, at: checkpoint)
        planned.noteStart(of: run.id)
        let again = attempts.count(run.id) == 1 ? "" : ", again"
        display.event("\(run.description): \(words)\(again) (\(run.id.prefix(8)))")
      case .failure(let error):
        if !attempts.areHopeless { handleFailedStart(run, for: error) }
      }
    }
  }

  /// Looks at the runs that were started, which are not executed yet if a queue has them.
  mutating func lookAtStarted() {
    for run in active.runs { planned.look(at: run.id) }
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
    for (run, end, seconds) in ended {
      planned.look(at: run.id)
      try record(end, of: run, seconds: seconds)
    }
    return !ended.isEmpty
  }

  private mutating func record(_ end: RunEnd, of run: Plan.Run, seconds: Double) throws {
    switch end {
    case .finished:
      durations[run.id] = seconds
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
      let directory = store.directory(run.id)
      if killedAtEnd.contains(run.id) {
        // This does not indicate a lack of memory.
        return try directory.forgetLease()
      }
      let own = attempts.noteKill(of: run.id, at: directory.checkpointIdentity)
      let count = max(own, directory.killedAttempts)
      if count > runner.retries { try failAfterKills(run, count, by: signal) }
    }
  }

  /// Makes a run fail that is killed again and again, whoever started it.
  private mutating func failAfterKills(_ run: Plan.Run, _ count: Int, by signal: Int32?) throws {
    let last = signal.map { " (last by signal \($0))" } ?? ""
    let message =
      "its process was killed \(counted(count, "time")) in a row without another checkpoint\(last); "
      + "is there enough memory?"
    try recordFailure(message, of: run)
    display.event("\(run.description): failed: \(message)")
  }

  /// Writes the failure of a run whose process could not write it.
  private mutating func recordFailure(_ message: String, of run: Plan.Run) throws {
    attempts.giveUp(run.id, because: "\(run.description): failed: \(message)")
    try store.directory(run.id).recordFailure(message)
    planned.look(at: run.id)
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
      active.wait(atMost: .milliseconds(20))
    }
  }

  private mutating func killActive(_ reason: String) {
    guard !active.isEmpty, active.kill() else { return }
    for run in active.runs {
      killedAtEnd.insert(run.id)
      display.event(
        "\(run.description): \(reason), so its process is killed (\(run.id.prefix(8)))")
    }
  }

  // MARK: Summary

  mutating func summary(wasStopped: Bool) throws -> SweepRunner.Summary {
    var counts: [RunStore.State: Int] = [:]
    var problems: [String] = []
    for run in try planned.known() {
      // Reading the outcome finds damage, which the state then shows.
      let outcome = try planned.outcome(run.id)
      let state = try planned.state(of: run)
      let failure = state == .failed ? outcome?.failure : nil
      counts[state, default: 0] += 1
      if state.isSettled { continue }
      if let sentence = attempts.reasonForGivingUp(run.id) ?? planned.damage(run.id) {
        problems.append(sentence)
      } else if let failure {
        problems.append("\(run.description): failed: \(failure.message)")
      }
    }
    return SweepRunner.Summary(
      counts: counts, finishedHere: durations.count, wasStopped: wasStopped, problems: problems)
  }
}
