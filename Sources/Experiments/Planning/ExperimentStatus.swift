/// The progress of every row of an experiment, as its runs on disk say.
public struct ExperimentStatus: Sendable {
  /// How many of some runs are done.
  public struct Share: Sendable, Equatable {
    /// The runs that are done.
    public let done: Int
    /// All of them.
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
    /// The runs of its search; none where there is nothing to choose.
    public let trials: Share
    /// The runs of the chosen trial.
    public let repetitions: Share
    /// The runs that failed, each with its place and the sentence of its failure.
    public let failures: [String]

    /// Whether every run of the row is done.
    public var isComplete: Bool { counts.allSatisfy { $0.key == .done || $0.value == 0 } }
  }

  /// The rows, in the order of the specification.
  public let rows: [Row]

  /// The runs that can be named now, each with its state.
  public let runs: [(run: Plan.Run, state: RunStore.State)]

  /// All runs; one that two rows share is counted for each.
  public let all: Share

  /// One sentence for every file that cannot be used.
  public let problems: [String]

  /// Looks at the runs of a plan.
  ///
  /// - Throws: ``Diagnostic`` if the runs have no metric to choose by.
  public init(of plan: Plan, in store: RunStore) throws {
    let outcomes = StoredOutcomes(in: store)
    runs = try outcomes.runs(of: plan).map { ($0, outcomes.state($0.id)) }
    problems = outcomes.problems
    let specification = plan.specification
    let ofRow = Dictionary(grouping: runs) { $0.run.row }
    rows = specification.rows.map { row in
      let own = ofRow[row.label] ?? []
      var counts = Dictionary(grouping: own, by: \.state).mapValues(\.count)
      let unnamed = specification.runCount(of: row) - own.count
      if unnamed > 0 { counts[.absent, default: 0] += unnamed }
      func share(_ purpose: Plan.Purpose, of total: Int) -> Share {
        Share(done: own.count { $0.run.purpose == purpose && $0.state == .done }, total: total)
      }
      return Row(
        label: row.label, counts: counts, trials: share(.search, of: row.budget),
        repetitions: share(.result, of: specification.seeds.count),
        failures: own.compactMap { run, _ in
          outcomes.outcome(run.id)?.failure.map { "\(run.description): \($0.message)" }
        })
    }
    all = Share(done: runs.count { $0.state == .done }, total: plan.finalCount)
  }
}
