import Configuration
import Foundation
import Synchronization

/// Submits runs to Slurm as job arrays.
///
/// Each task of an array executes one run, or several short ones. The submissions are folders in the
/// store (`STORE/slurm/NAME`), so a sweep that is started again, on this machine or another, finds the
/// runs that were submitted before and does not submit them again. Whether a run is done is decided
/// by its record alone; Slurm is asked only which tasks are active. A run whose task has ended without
/// a result is lost, and the sweep submits it again, up to three times.
///
/// Arrays are split at Slurm's limit on their size. Where a limit on submitted jobs does not let all
/// tasks in, the others are submitted as tasks end.
public final class SlurmLauncher: RunLauncher {
  /// A run in a task.
  public struct Launched: Sendable {
    fileprivate let run: RunDirectory
    fileprivate let submission: SlurmSubmission
    fileprivate let task: SlurmQueue.Task
  }

  private struct State {
    var durations: RunDurations
    var submitting = Backoff(first: .seconds(2))
    var asking = Backoff(first: .seconds(1))
    /// When tasks without a result were first seen to have ended.
    var ends: [SlurmQueue.Task: ContinuousClock.Instant] = [:]
    /// The tasks that were asked to stop.
    var stopped: Set<SlurmQueue.Task> = []
    /// The tasks in which runs have ended, by run; another task may still execute them further.
    var left: [String: SlurmQueue.Task] = [:]
    /// The messages shown so far.
    var shown: Set<String> = []
  }

  private let store: RunStore
  private let submitter: SlurmSubmitter
  private let queue: SlurmQueue
  private let state: Mutex<State>

  /// How long a shared file system may take to show what another node wrote.
  private static let visibilityDelay = Duration.seconds(5)

  /// Creates a launcher for one sweep.
  ///
  /// - Throws: ``Diagnostic`` if there is no time limit or the settings contradict each other, if
  ///   there is no Slurm here, or if its controller does not answer.
  public init(_ setting: LauncherSetting) throws {
    submitter = try SlurmSubmitter(setting)
    store = setting.store
    queue = SlurmQueue(hasAccounting: submitter.cluster.hasAccounting)
    state = Mutex(State(durations: setting.durations))
  }

  /// Returns what would be submitted for runs that are not done, as text: the versions of Slurm and
  /// of the program, then the batch script and the runs of the tasks of every job.
  ///
  /// Runs that are in the queue are left out. Nothing is written.
  ///
  /// - Throws: ``Diagnostic``, as for ``init(_:)``, or if Slurm does not tell which runs are in the
  ///   queue.
  public static func preview(of runs: [Plan.Run], _ setting: LauncherSetting) throws -> String {
    let launcher = try SlurmLauncher(setting)
    let attached = try launcher.attach(to: runs.map { setting.store.directory($0.id) })
    return launcher.submitter.preview(of: zip(runs, attached).filter { $1 == nil }.map { $0.0 })
  }

  /// True: Slurm has the queue.
  public var hasQueue: Bool { true }

  /// One second; Slurm itself is asked more rarely.
  public var queryInterval: Duration { .seconds(1) }

  /// See ``RunLauncher``.
  public func description(of launched: Launched) -> String {
    "submitted as Slurm job \(launched.task.job)_\(launched.task.number)"
  }

  private func note(_ message: String) {
    if state.withLock({ $0.shown.insert(message).inserted }) { submitter.setting.note(message) }
  }

  // MARK: Starting

  /// Returns the runs that are in the queue; see ``RunLauncher``.
  ///
  /// - Throws: ``Diagnostic`` if Slurm does not answer.
  public func attach(to runs: [RunDirectory]) throws -> [Launched?] {
    let jobs = try SlurmJobs(in: store, askedOf: queue)
    return runs.map { run in
      jobs.place(of: run.id).map {
        Launched(run: run, submission: $0.submission, task: $0.task)
      }
    }
  }

  /// Submits runs that are not in the queue; see ``RunLauncher``.
  public func start(_ runs: [RunDirectory]) -> [RunStart<Launched>] {
    guard state.withLock({ $0.submitting.isDue }) else { return runs.map { _ in .postponed } }
    do {
      let home = SlurmSubmission.home(in: store)
      try createFolder(home)
      // Of two sweeps, one submits at a time, and the other then finds what it submitted.
      guard let lock = try FileLock.take(home + "/lock") else {
        return runs.map { _ in .postponed }
      }
      return try withExtendedLifetime(lock) { try startAlone(runs) }
    } catch { return runs.map { _ in .refused(StartError("\(error)")) } }
  }

  private func startAlone(_ runs: [RunDirectory]) throws -> [RunStart<Launched>] {
    var answers: [String: RunStart<Launched>] = [:]
    do {
      let left = state.withLock { $0.left }
      for (run, launched) in zip(runs, try attach(to: runs)) where launched?.task != left[run.id] {
        answers[run.id] = launched.map { .started($0) }
      }
    } catch let error as Diagnostic where error.systemFailure == nil {
      postpone(because: error.description)
      return runs.map { _ in .postponed }
    }
    let durations = state.withLock { $0.durations }
    var rest = submitter.tasks(
      of: runs.filter { answers[$0.id] == nil }, durations: durations,
      model: { try? $0.configuration().model })[...]
    var limit = submitter.cluster.arraySize
    submission: while !rest.isEmpty {
      let part = Array(rest.prefix(limit))
      switch try submitter.submit(part.map { $0.map(\.id) }) {
      case .accepted(let submission):
        for (task, runs) in zip(submission.queueTasks, part) {
          for run in runs {
            answers[run.id] = .started(Launched(run: run, submission: submission, task: task))
          }
        }
        rest = rest.dropFirst(part.count)
      case .exceedsALimit(let complaint):
        limit = part.count / 2
        guard limit > 0 else {
          postpone(because: "Slurm takes no more jobs of yours for now (\(complaint))")
          break submission
        }
      case .noAnswer(let complaint):
        postpone(because: "Slurm's controller does not answer (sbatch: \(complaint))")
        break submission
      case .refused(let complaint):
        for run in rest.joined() { answers[run.id] = .refused(StartError(complaint)) }
        rest = []
      }
    }
    if rest.isEmpty { state.withLock { $0.submitting.reset() } }
    // What was submitted is asked for soon.
    state.withLock { $0.asking.reset() }
    return runs.map { answers[$0.id] ?? .postponed }
  }

  private func postpone(because reason: String) {
    state.withLock { $0.submitting.wait() }
    note("\(reason): waiting before submitting the other runs")
  }

  // MARK: Ending

  /// See ``RunLauncher``.
  public func ends(of runs: [Launched]) -> [RunEnd?] {
    let ends = currentEnds(of: runs)
    for (run, end) in zip(runs, ends) where end != nil {
      state.withLock { $0.left[run.run.id] = run.task }
      if end == .finished { learnDuration(of: run.run) }
    }
    return ends
  }

  private func currentEnds(of runs: [Launched]) -> [RunEnd?] {
    var ends = runs.map { $0.run.settledEnd }
    if ends.contains(where: { $0 != nil }) { state.withLock { $0.asking.reset() } }
    guard state.withLock({ $0.asking.isDue }), ends.contains(where: { $0 == nil }) else {
      return ends
    }
    state.withLock { $0.asking.wait() }
    let open = ends.indices.filter { ends[$0] == nil }
    let findings: [SlurmQueue.Task: SlurmQueue.Finding]
    do {
      findings = try queue.findings(
        on: Set(open.map { runs[$0].task }),
        since: SlurmJobs.start(of: open.map { runs[$0].submission }))
    } catch {
      note("\(error): the runs go on, and their results are collected")
      return ends
    }
    for index in open { ends[index] = end(of: runs[index], findings[runs[index].task]) }
    return ends
  }

  /// Returns how a run without a record ended, given what Slurm says of its task.
  private func end(of run: Launched, _ finding: SlurmQueue.Finding?) -> RunEnd? {
    switch finding {
    case nil: return nil
    case .active(let state):
      self.state.withLock { $0.ends[run.task] = nil }
      noteUnusualWait(of: run, state)
      return nil
    case .ended(let state):
      if state == nil, run.submission.isRecent { return nil }
      let (first, isStopped) = self.state.withLock {
        let first = $0.ends[run.task] ?? .now
        $0.ends[run.task] = first
        $0.asking.reset()
        return (first, $0.stopped.contains(run.task))
      }
      guard isStopped || ContinuousClock.now - first >= Self.visibilityDelay else { return nil }
      run.run.refresh()
      if let end = run.run.settledEnd { return end }
      switch run.run.state {
      case .done: return .finished
      // A node that lost its connection may still execute it.
      case .running: return nil
      case .failed:
        if let failure = try? run.run.outcome()?.failure { return .failed(failure.message) }
        return loss(of: run, state)
      case .absent, .incomplete, .damaged, .pruned, .excluded:
        return isStopped ? .stopped : loss(of: run, state)
      }
    }
  }

  private func loss(of run: Launched, _ state: SlurmState?) -> RunEnd {
    let job = "Slurm job \(run.task.job)_\(run.task.number)"
    guard let state else {
      return .lost("\(job) is not in the queue any more", isToBeRetried: true)
    }
    if state.name == "CANCELLED" {
      return .lost(
        "\(job) was cancelled; sweep again to submit its runs again", isToBeRetried: false)
    }
    let words = ProcessLog(contentsOf: run.submission.logPath(ofTask: run.task.number)).lastLine
    let detail = state.detail.isEmpty ? "" : " (\(state.detail))"
    return .lost(
      "\(job) ended as \(state.name)\(detail) without a result"
        + (words.isEmpty ? "" : ": \(words)"), isToBeRetried: true)
  }

  private func learnDuration(of run: RunDirectory) {
    guard let record = try? run.outcome()?.record else { return }
    state.withLock { $0.durations.add(record) }
  }

  /// Reasons for waiting that end by themselves.
  private static let usualReasons: Set<String> = [
    "", "Priority", "Resources", "JobArrayTaskLimit", "BeginTime", "Dependency", "Cleaning",
    "Reservation", "None assigned",
  ]

  /// Shows a reason for waiting that a user may have to do something about.
  private func noteUnusualWait(of run: Launched, _ state: SlurmState) {
    guard state.isPending, !Self.usualReasons.contains(state.detail) else { return }
    note("Slurm job \(run.task.job) waits because of \(state.detail)")
  }

  // MARK: Stopping

  /// Cancels tasks that wait, and asks those that run to stop with a checkpoint.
  public func stop(_ runs: [Launched]) {
    let sets = taskSets(of: runs)
    state.withLock {
      $0.stopped.formUnion(runs.map(\.task))
      $0.asking = Backoff(first: .milliseconds(500), longest: .seconds(2))
    }
    cancel(["--state=PENDING"] + sets)
    // Unlike the signals that come before a time limit, this one does not queue the task again.
    cancel(["--signal=INT", "--batch", "--state=RUNNING"] + sets)
  }

  /// Cancels tasks.
  public func kill(_ runs: [Launched]) -> Bool {
    cancel(taskSets(of: runs))
    return true
  }

  private func taskSets(of runs: [Launched]) -> [String] {
    Dictionary(grouping: runs, by: \.task.job).sorted { $0.key < $1.key }.map { job, runs in
      SlurmTaskSet(job: job, tasks: Set(runs.map(\.task.number))).text
    }
  }

  private func cancel(_ arguments: [String]) {
    do {
      let outcome = try SlurmTool(name: "scancel").run(["--quiet"] + arguments)
      if !outcome.succeeded, outcome.isTemporary {
        note("Slurm's controller does not answer (scancel: \(outcome.complaint)): jobs may go on")
      }
    } catch { note("\(error)") }
  }
}

extension RunDirectory {
  /// How the run ended, if it needs no further execution; nil otherwise.
  fileprivate var settledEnd: RunEnd? {
    hasRecord ? .finished : hasReachedTarget ? .paused : nil
  }
}

/// A pause that doubles as long as there is nothing new.
private struct Backoff {
  private let first: Duration
  private let longest: Duration
  private var pause: Duration
  private var next = ContinuousClock.now

  init(first: Duration, longest: Duration = .seconds(30)) {
    self.first = first
    self.longest = longest
    pause = first
  }

  /// Whether the pause is over.
  var isDue: Bool { ContinuousClock.now >= next }

  /// Begins a pause, twice as long as the one before.
  mutating func wait() {
    next = .now + pause
    pause = min(longest, pause * 2)
  }

  /// Makes the next pause short, and shortens one that has begun.
  mutating func reset() {
    pause = first
    next = min(next, .now + first)
  }
}

extension LauncherMethod {
  /// Job arrays of Slurm.
  public static let slurm = LauncherMethod(
    id: "slurm", summary: "Runs are tasks of job arrays of Slurm."
  ) { try SlurmLauncher($0) }
}
