import Training

/// The progress of an experiment: what a sweep shows while it works, and `aesm2 status` from
/// another terminal.
public struct SweepStatus: Sendable, Equatable {
  /// A run that is being executed, by this process or another.
  public struct ActiveRun: Sendable, Equatable {
    /// The run's place in the experiment.
    public var description: String
    /// Its latest progress; nil if it has not trained yet.
    public var progress: RunProgress?

    /// Creates an active run.
    public init(description: String, progress: RunProgress?) {
      self.description = description
      self.progress = progress
    }
  }

  /// The best trial of a row so far.
  public struct Best: Sendable, Equatable {
    /// The label of the row.
    public var row: String
    /// The number of the trial.
    public var trial: Int
    /// The number of its finished runs.
    public var runCount: Int
    /// The mean of the selection metric on the validation split.
    public var mean: Double
    /// Half of the width of the 95 % confidence interval of the mean over seeds (Student's t); nil
    /// for a single run.
    public var halfWidth: Double?
  }

  /// The number of runs of the experiment.
  public var total: Int
  /// The number of finished runs, with pruned and excluded trials.
  public var done: Int
  /// The number of runs that failed.
  public var failed: Int
  /// The runs that are being executed, in the order of the plan.
  public var active: [ActiveRun]
  /// The metric by which trials are selected.
  public var metric: String
  /// The best trial of every row that has one, in the order of the rows.
  public var best: [Best]
  /// The estimated remaining seconds; nil before the first run has finished, and while none runs.
  ///
  /// Every open run is expected to take as long as the finished runs of its row did on average, and
  /// thus to stop as early as they did. Active runs count with the steps that are left to the
  /// average end. The sum is divided by the number of active runs.
  public var secondsLeft: Double?

  /// Creates a status.
  public init(
    total: Int, done: Int, failed: Int, active: [ActiveRun] = [], metric: String = "",
    best: [Best] = [], secondsLeft: Double? = nil
  ) {
    self.total = total
    self.done = done
    self.failed = failed
    self.active = active
    self.metric = metric
    self.best = best
    self.secondsLeft = secondsLeft
  }

  /// Training rows per second, summed over all active runs.
  public var rowsPerSecond: Double {
    active.reduce(0) { $0 + ($1.progress?.rowsPerSecond ?? 0) }
  }
}

extension SweepStatus {
  /// Derives the status from the states of all known runs.
  ///
  /// - Parameter total: The number of runs once everything is done.
  init(
    of runs: [(run: Plan.Run, state: RunStore.State)], total: Int, outlook: SweepOutlook,
    metric: MetricName, progress: (Plan.Run) -> RunProgress?
  ) {
    let running = runs.filter { $0.state == .running }.map { ($0.run, progress($0.run)) }
    let ended = runs.filter { $0.state.isSettled || $0.state == .failed }
    self.init(
      total: total, done: ended.count { $0.state.isSettled },
      failed: ended.count { $0.state == .failed },
      active: running.map { ActiveRun(description: $0.description, progress: $1) },
      metric: metric.description, best: outlook.best,
      secondsLeft: outlook.secondsLeft(ended: ended.map(\.run), active: running))
  }
}

extension Sweep {
  /// The status of the whole sweep, including what others do.
  mutating func status() throws -> SweepStatus {
    try planned.readRecords()
    let (runs, specification) = (try planned.known(), runner.plan.specification)
    if outlook?.runCount != planned.records.count {
      outlook = try SweepOutlook(
        of: specification,
        finished: runs.compactMap { run in planned.records[run.id]?.record.map { (run, $0) } },
        durations: durations)
    }
    var status = SweepStatus(
      of: try runs.map { ($0, try planned.state(of: $0)) }, total: try planned.total(),
      outlook: try outlook ?? SweepOutlook(of: specification, finished: []),
      metric: specification.selection.metric
    ) { store.directory($0.id).progress }
    // How many runs a queue lets run at a time is not known.
    if active.haveQueue { status.secondsLeft = nil }
    return status
  }
}
