import Configuration
import Foundation

/// The jobs of a store that have active tasks, with Slurm's word on each task.
///
/// Submissions without active tasks are marked as ended, so that Slurm is not asked about them again.
struct SlurmJobs {
  /// An active task that has a run.
  struct Place {
    let submission: SlurmSubmission
    let task: SlurmQueue.Task
    let state: SlurmState
  }

  private var places: [String: Place] = [:]

  /// How long Slurm may take to list a job that it has accepted, in seconds.
  static let listingDelay = 60.0

  /// Reads the submissions and asks Slurm for the states of all their tasks at once.
  ///
  /// - Throws: ``Diagnostic`` if Slurm does not answer.
  init(in store: RunStore, askedOf queue: SlurmQueue) throws {
    let submissions = try Self.adopted(SlurmSubmission.open(in: store), from: queue)
    let findings = try queue.findings(
      on: Set(submissions.flatMap(\.queueTasks)), since: Self.start(of: submissions))
    for submission in submissions {
      var isActive = false
      for (task, ids) in zip(submission.queueTasks, submission.tasks) {
        guard case .active(let state)? = findings[task] else { continue }
        isActive = true
        for id in ids { places[id] = Place(submission: submission, task: task, state: state) }
      }
      if !isActive { try submission.closeUnlessRecent() }
    }
  }

  /// Returns the active task that has a run; nil if there is none.
  func place(of id: String) -> Place? { places[id] }

  /// Returns a time before any of some submissions; the clocks of the file server and of Slurm may
  /// differ by a day.
  static func start(of submissions: [SlurmSubmission]) -> Date {
    (submissions.map(\.date).min() ?? Date()).addingTimeInterval(-86400)
  }

  /// Returns submissions with the ids of their jobs; those that never became jobs are left out.
  private static func adopted(_ submissions: [SlurmSubmission], from queue: SlurmQueue) throws
    -> [SlurmSubmission]
  {
    guard submissions.contains(where: { $0.job == nil }) else { return submissions }
    let jobs = try queue.queue().jobs
    return try submissions.compactMap { submission in
      if submission.job != nil { return submission }
      if let job = jobs[submission.name] { return try submission.with(job: job) }
      try submission.closeUnlessRecent()
      return nil
    }
  }
}

extension SlurmSubmission {
  /// The tasks, as Slurm knows them; none if the job is not known.
  var queueTasks: [SlurmQueue.Task] {
    job.map { job in tasks.indices.map { SlurmQueue.Task(job: job, number: $0) } } ?? []
  }

  /// Whether Slurm may not list the job yet.
  var isRecent: Bool { abs(date.timeIntervalSinceNow) < SlurmJobs.listingDelay }

  fileprivate func closeUnlessRecent() throws { if !isRecent { try close() } }
}

/// What Slurm says of the runs of an experiment that were submitted to it.
public struct SlurmStatus: Sendable, Equatable {
  /// The number of runs in tasks that wait, by the reason that Slurm gives.
  public let pending: [String: Int]
  /// The number of runs in tasks that run.
  public let running: Int

  /// Asks Slurm, with one query for all jobs; nil if none of the runs is in its queue.
  ///
  /// - Parameters:
  ///   - runs: The runs that are not done.
  ///   - store: The store of the runs.
  /// - Throws: ``Diagnostic`` if Slurm does not answer.
  public init?(of runs: [Plan.Run], in store: RunStore) throws {
    if SlurmSubmission.open(in: store).isEmpty { return nil }
    // Only the queue tells why a task waits.
    let jobs = try SlurmJobs(in: store, askedOf: SlurmQueue(hasAccounting: false))
    var pending: [String: Int] = [:]
    var running = 0
    for id in Set(runs.map(\.id)) {
      guard let state = jobs.place(of: id)?.state else { continue }
      if state.isPending { pending[state.detail, default: 0] += 1 } else { running += 1 }
    }
    if running == 0, pending.isEmpty { return nil }
    self.pending = pending
    self.running = running
  }

  /// One line, such as `Slurm: 2 runs running, 4 pending (Resources)`.
  public var text: String {
    let count = pending.values.reduce(0, +)
    let reasons = pending.keys.filter { !$0.isEmpty }.sorted()
    return "Slurm: \(counted(running, "run")) running, \(count) pending"
      + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))")
  }
}
