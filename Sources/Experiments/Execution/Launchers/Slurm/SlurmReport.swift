import Configuration

/// The state of a task of a job array, by Slurm's word.
struct SlurmState: Sendable, Equatable {
  /// The name of the state, such as `RUNNING`.
  let name: String
  /// Why it is pending, or how it ended; empty if that is not known.
  let detail: String

  /// The states of tasks that have ended; those of tasks that Slurm queues again are not among them.
  private static let ended: Set<String> = [
    "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "LAUNCH_FAILED", "NODE_FAIL",
    "OUT_OF_MEMORY", "PREEMPTED", "REVOKED", "TIMEOUT",
  ]

  /// Whether the task has ended, as far as this word goes.
  var isEnded: Bool { Self.ended.contains(name) }

  /// Whether the task waits.
  var isPending: Bool { name == "PENDING" || name.hasPrefix("REQUEUE") || name == "SPECIAL_EXIT" }
}

/// The states of tasks, as one program of Slurm lists them.
struct SlurmReport: Sendable {
  private var single: [Int: [Int: SlurmState]] = [:]
  private var several: [Int: [(tasks: [ClosedRange<Int>]?, state: SlurmState)]] = [:]
  /// The ids of job arrays by name.
  private(set) var jobs: [String: Int] = [:]

  /// The format of `sacct --parsable2` that is read.
  static let accountingFormat = "JobID,State,ExitCode,JobName"

  /// Reads the output of `sacct` in ``accountingFormat``.
  ///
  /// A task that was listed together with others while it was pending is listed by itself once it
  /// has started, and that line counts. Lines of another form, such as those of steps, are skipped.
  init(accounting text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      let fields = line.split(separator: "|", maxSplits: 3, omittingEmptySubsequences: false)
      guard fields.count == 4, let tasks = SlurmTaskSet(fields[0]),
        let name = fields[1].split(separator: " ").first
      else { continue }
      let words = fields[1].dropFirst(name.count + 1)
      let status = fields[2] == "0:0" ? "" : "exit status \(fields[2])"
      add(
        tasks,
        SlurmState(
          name: String(name),
          detail: [String(words), status].filter { !$0.isEmpty }.joined(separator: ", ")))
      jobs[String(fields[3])] = tasks.job
    }
  }

  /// The format of `squeue` that is read.
  static let queueFormat = "%F|%K|%T|%r|%j"

  /// Reads the output of `squeue` in ``queueFormat``.
  init(queue text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      let fields = line.split(separator: "|", maxSplits: 4, omittingEmptySubsequences: false)
      guard fields.count == 5, let job = Int(fields[0]) else { continue }
      let name = fields[1] == "N/A" ? "\(job)" : "\(job)_[\(fields[1])]"
      guard let tasks = SlurmTaskSet(name) else { continue }
      add(
        tasks,
        SlurmState(
          name: String(fields[2]), detail: fields[3] == "None" ? "" : String(fields[3])))
      jobs[String(fields[4])] = job
    }
  }

  private mutating func add(_ tasks: SlurmTaskSet, _ state: SlurmState) {
    if let ranges = tasks.tasks, ranges.count == 1, ranges[0].count == 1 {
      single[tasks.job, default: [:]][ranges[0].lowerBound] = state
    } else {
      several[tasks.job, default: []].append((tasks.tasks, state))
    }
  }

  /// Returns the state of a task; nil if it is not listed.
  func state(of task: Int, in job: Int) -> SlurmState? {
    single[job]?[task]
      ?? several[job]?.last { entry in
        entry.tasks.map { $0.contains { $0.contains(task) } } ?? true
      }?.state
  }
}
