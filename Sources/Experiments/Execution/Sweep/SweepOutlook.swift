import Configuration

/// What the finished runs of an experiment say about the others: the best trials so far, and how
/// long runs take.
struct SweepOutlook {
  /// The duration and length of the runs of a row.
  private struct Pace {
    /// The mean seconds of a run.
    let seconds: Double
    /// The mean share of the planned epochs after which training ended.
    let share: Double

    init?(_ runs: [(seconds: Double, share: Double)]) {
      guard let seconds = Summary(runs.map(\.seconds)), let share = Summary(runs.map(\.share))
      else { return nil }
      (self.seconds, self.share) = (seconds.mean, share.mean)
    }
  }

  /// The best trial of every row that has one.
  let best: [SweepStatus.Best]
  /// The number of finished runs.
  let runCount: Int
  private let specification: ExperimentSpecification
  private let paces: [String: Pace]
  private let commonPace: Pace?

  /// - Parameters:
  ///   - finished: The finished runs.
  ///   - durations: The wall-clock seconds of runs, by id, as far as they were measured; otherwise
  ///     only the time of training counts, which the record gives.
  /// - Throws: ``Diagnostic`` if a record lacks the selection metric.
  init(
    of specification: ExperimentSpecification, finished: [(run: Plan.Run, record: RunRecord)],
    durations: [String: Double] = [:]
  ) throws {
    self.specification = specification
    runCount = finished.count
    let rows = Dictionary(grouping: finished) { $0.run.row }
    best = try specification.rows.compactMap { row in
      try Self.best(of: row, rows[row.label] ?? [], selection: specification.selection)
    }
    let runs = rows.mapValues { runs in
      runs.map { run, record in
        (seconds: durations[run.id] ?? record.trainingSeconds, share: record.shareOfPlan)
      }
    }
    paces = runs.compactMapValues(Pace.init)
    commonPace = Pace(specification.rows.flatMap { runs[$0.label] ?? [] })
  }

  /// Returns the trial that would be chosen now, with its score over all its finished runs.
  private static func best(
    of row: ExperimentRow, _ finished: [(run: Plan.Run, record: RunRecord)], selection: Selection
  ) throws -> SweepStatus.Best? {
    let trials = finished.filter { $0.run.purpose == .search || row.budget == 0 }
      .map { ($0.run.trial, RunOutcome.done($0.record)) }
    let scores = try selection.scores(of: trials, runSeeds: row.search.runSeeds)
    guard let trial = selection.choice(for: row, among: scores)?.trial else { return nil }
    // A run of the search may be one of the repetitions too.
    var seen: Set<String> = []
    let values = try finished.filter { $0.run.trial == trial && seen.insert($0.run.id).inserted }
      .compactMap { try $0.record.validation.value(selection.metric) }
    guard let summary = Summary(values) else { return nil }
    return SweepStatus.Best(
      row: row.label, trial: trial, runCount: values.count, mean: summary.mean,
      halfWidth: summary.confidenceHalfWidth(0.95))
  }

  /// Returns the estimated remaining seconds; see ``SweepStatus/secondsLeft``.
  func secondsLeft(ended: [Plan.Run], active: [(run: Plan.Run, progress: RunProgress?)])
    -> Double?
  {
    guard let commonPace, !active.isEmpty else { return nil }
    func pace(_ row: String) -> Pace { paces[row] ?? commonPace }
    let current = active.map { run, progress -> Double in
      let pace = pace(run.row)
      guard let progress, let planned = progress.plannedSteps, planned > 0 else {
        return pace.seconds
      }
      let end = max(1, pace.share * Double(planned))
      return pace.seconds * max(0, 1 - Double(progress.step) / end)
    }
    let counts = Dictionary(grouping: ended + active.map(\.run), by: \.row).mapValues(\.count)
    let waiting = specification.rows.reduce(0.0) { sum, row in
      let count = specification.runCount(of: row) - counts[row.label, default: 0]
      return sum + Double(max(0, count)) * pace(row.label).seconds
    }
    return max(
      current.max() ?? 0, (waiting + current.reduce(0, +)) / Double(active.count))
  }
}

extension RunRecord {
  /// The share of the planned epochs after which training ended: 1 unless it stopped early.
  fileprivate var shareOfPlan: Double {
    guard course.stoppedEarly, let planned = configuration.training["epochs"],
      let epochs = Double(configuration: planned), epochs > 0
    else { return 1 }
    return min(1, course.epochs / epochs)
  }
}
