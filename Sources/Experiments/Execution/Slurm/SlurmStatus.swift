import Configuration

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
