import Configuration
import Foundation

/// Executes a fixed list of runs, some at a time: what one task of a cluster's job does.
///
/// Finished runs are skipped. A run whose process is killed from outside is executed again, up to
/// three times; one that another process has is waited for.
public struct RunBatch<Launcher: RunLauncher> {
  /// How a batch ended.
  public enum End: Sendable, Equatable {
    /// Every run is done.
    case finished
    /// Every run has ended, some with a failure.
    case failed
    /// A stop was requested; the runs that were active have stopped.
    case stopped
    /// Some runs could not be executed.
    case incomplete
  }

  private let launcher: Launcher
  private let jobs: Int
  private let stop: StopSignal
  private let grace: Duration
  private let patience: Duration
  private let event: (String) -> Void

  private var waiting: [(run: RunDirectory, due: ContinuousClock.Instant)]
  private var active: [(run: RunDirectory, launched: Launcher.Launched)] = []
  private var kills: [String: Int] = [:]
  private var firstHeld: [String: ContinuousClock.Instant] = [:]
  private var hasFailed = false
  private var isIncomplete = false

  /// Creates a batch.
  ///
  /// - Parameters:
  ///   - runs: The runs, whose folders are ready.
  ///   - launcher: The launcher that starts them.
  ///   - jobs: Maximum number of concurrent runs.
  ///   - stop: Ends the batch: active runs are asked to write a checkpoint.
  ///   - grace: How long a run may continue after that before its process is killed.
  ///   - patience: How long to wait for a run that another process has.
  ///   - event: Shows a line.
  public init(
    of runs: [RunDirectory], launcher: Launcher, jobs: Int, stop: StopSignal, grace: Duration,
    patience: Duration = .seconds(300), event: @escaping (String) -> Void
  ) {
    self.launcher = launcher
    self.jobs = max(1, jobs)
    self.stop = stop
    self.grace = grace
    self.patience = patience
    self.event = event
    waiting = runs.map { ($0, .now) }
  }

  /// Executes the runs.
  ///
  /// - Throws: ``Diagnostic`` if a failure cannot be recorded; by then, active runs have stopped.
  public mutating func run() throws -> End {
    do {
      while !(waiting.isEmpty && active.isEmpty) {
        try handleEnds()
        if stop.isRequested {
          try stopActive()
          return .stopped
        }
        start()
        usleep(50_000)
      }
    } catch {
      launcher.stop(active.map(\.launched))
      throw error
    }
    return isIncomplete ? .incomplete : hasFailed ? .failed : .finished
  }

  private mutating func start() {
    waiting.removeAll { $0.run.hasRecord || $0.run.hasReachedTarget }
    let ready = waiting.indices.filter { waiting[$0].due <= .now }.prefix(jobs - active.count)
    let runs = ready.map { waiting[$0].run }
    for index in ready.reversed() { waiting.remove(at: index) }
    if runs.isEmpty { return }
    for (run, answer) in zip(runs, launcher.start(runs)) {
      switch answer {
      case .started(let launched):
        event("\(run.id): \(launcher.description(of: launched))")
        active.append((run, launched))
      case .postponed: wait(for: run)
      case .held: waitForHolder(of: run)
      case .refused(let error):
        event("\(run.id): not started: \(error)")
        isIncomplete = true
      }
    }
  }

  private mutating func wait(for run: RunDirectory) { waiting.append((run, .now + .seconds(2))) }

  private mutating func handleEnds() throws {
    if active.isEmpty { return }
    let ends = launcher.ends(of: active.map(\.launched))
    let ended = zip(active, ends).compactMap { run, end in end.map { (run.run, $0) } }
    active = zip(active, ends).filter { $1 == nil }.map { $0.0 }
    for (run, end) in ended { try handle(end, of: run) }
  }

  private mutating func handle(_ end: RunEnd, of run: RunDirectory) throws {
    switch end {
    case .finished: event("\(run.id): done")
    case .paused: event("\(run.id): paused")
    case .failed(let message):
      hasFailed = true
      event("\(run.id): failed: \(message)")
      try run.recordFailure(message)
    case .stopped:
      event("\(run.id): stopped")
      if !stop.isRequested { isIncomplete = true }
    case .lost(let reason, _):
      event("\(run.id): lost: \(reason)")
      isIncomplete = true
    case .killed(let signal):
      event("\(run.id): killed (signal \(signal))")
      kills[run.path, default: 0] += 1
      if kills[run.path, default: 0] < 3 { wait(for: run) } else { isIncomplete = true }
    case .heldElsewhere: waitForHolder(of: run)
    }
  }

  private mutating func waitForHolder(of run: RunDirectory) {
    let first = firstHeld[run.path] ?? .now
    if firstHeld.updateValue(first, forKey: run.path) == nil {
      event("\(run.id): another process has it: waiting")
    }
    if ContinuousClock.now - first < patience { wait(for: run) } else { isIncomplete = true }
  }

  /// Asks active runs to stop, and waits until they have; kills those that are stuck.
  private mutating func stopActive() throws {
    launcher.stop(active.map(\.launched))
    let deadline = ContinuousClock.now + grace
    var isPatient = true
    while !active.isEmpty {
      try handleEnds()
      if isPatient, ContinuousClock.now >= deadline {
        isPatient = false
        guard launcher.kill(active.map(\.launched)) else { return }
      }
      usleep(20_000)
    }
  }
}
