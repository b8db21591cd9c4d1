/// The progress of every row of an experiment, according to its runs on disk.
public struct ExperimentStatus: Sendable {
  /// The number of finished runs in a group.
  public struct Share: Sendable, Equatable {
    /// The number of finished runs, with pruned and excluded trials.
    public let done: Int
    /// The total number of runs.
    public let total: Int
  }

  /// The progress of one row.
  public struct Row: Sendable, Equatable {
    /// The label of the row.
    public let label: String
    /// The number of its runs in each state.
    ///
    /// Repetitions count as absent until a trial is chosen.
    public let counts: [RunStore.State: Int]
    /// The progress of its search; zero runs if there is nothing to choose.
    public let trials: Share
    /// The progress of the repetitions of the chosen trial.
    public let repetitions: Share
    /// The failed runs, each with its place in the experiment and its error message.
    public let failures: [String]

    /// Whether nothing is left to do for the row.
    public var isComplete: Bool { counts.allSatisfy { $0.key.isSettled || $0.value == 0 } }
  }

  /// The rows, in the order of the specification.
  public let rows: [Row]

  /// The runs that can be named now, with their states.
  public let runs: [(run: Plan.Run, state: RunStore.State)]

  /// The progress of all runs; a run shared by two rows counts once for each.
  public let all: Share

  /// What a sweep shows while it works.
  public let sweep: SweepStatus

  /// One sentence for every unusable file.
  public let problems: [String]

  /// Reads the status of the runs of a plan.
  ///
  /// - Throws: ``Diagnostic`` if the runs lack the selection metric.
  public init(of plan: Plan, in store: RunStore) throws {
    let outcomes = StoredOutcomes(in: store)
    let runs = try outcomes.runs(of: plan).map { (run: $0, state: try outcomes.state(of: $0)) }
    self.runs = runs
    problems = outcomes.problems
    let specification = plan.specification
    let ofRow = Dictionary(grouping: runs) { $0.run.row }
    rows = specification.rows.map { row in
      let own = ofRow[row.label] ?? []
      var counts = Dictionary(grouping: own, by: \.state).mapValues(\.count)
      let unnamed = specification.runCount(of: row) - own.count
      if unnamed > 0 { counts[.absent, default: 0] += unnamed }
      func share(_ purpose: Plan.Purpose, of total: Int) -> Share {
        Share(done: own.count { $0.run.purpose == purpose && $0.state.isSettled }, total: total)
      }
      return Row(
        label: row.label, counts: counts, trials: share(.search, of: row.budget),
        repetitions: share(.result, of: specification.seeds.count),
        failures: own.compactMap { run, _ in
          outcomes.outcome(run.id)?.failure.map { "\(run.description): \($0.message)" }
        })
    }
    let distinct = Self.distinct(runs)
    sweep = SweepStatus(
      of: distinct, total: max(plan.finalCount, distinct.count),
      outlook: try SweepOutlook(
        of: specification,
        finished: distinct.compactMap { run, _ in
          outcomes.outcome(run.id)?.record.map { (run, $0) }
        }),
      metric: specification.selection.metric
    ) { store.directory($0.id).progress }
    all = Share(done: runs.count { $0.state.isSettled }, total: plan.finalCount)
  }

  /// The runs without those that another row listed before.
  private static func distinct(_ runs: [(run: Plan.Run, state: RunStore.State)]) -> [(
    run: Plan.Run, state: RunStore.State
  )] {
    var seen: Set<String> = []
    return runs.filter { seen.insert($0.run.id).inserted }
  }
}
