/// How far every row of an experiment is, as its runs on disk say.
public struct ExperimentStatus: Sendable {
  /// How far one row is.
  public struct Row: Sendable, Equatable {
    /// The label of the row.
    public let label: String
    /// The number of its runs in each state.
    ///
    /// Repetitions count as absent until a trial is chosen.
    public let counts: [RunStore.State: Int]
    /// The runs that failed, each with its place and the sentence of its failure.
    public let failures: [String]

    /// Whether every run of the row is done.
    public var isComplete: Bool { counts.allSatisfy { $0.key == .done || $0.value == 0 } }
  }

  /// The rows, in the order of the specification.
  public let rows: [Row]

  /// The runs that can be named now, each with its state.
  public let runs: [(run: Plan.Run, state: RunStore.State)]

  /// One sentence for every file that cannot be used.
  public let problems: [String]

  /// Looks at the runs of a plan.
  ///
  /// - Throws: ``Diagnostic`` where the runs have no metric to choose by.
  public init(of plan: Plan, in store: RunStore) throws {
    let outcomes = StoredOutcomes(in: store)
    runs = try outcomes.runs(of: plan).map { ($0, outcomes.state($0.id)) }
    problems = outcomes.problems
    let ofRow = Dictionary(grouping: runs) { $0.run.row }
    rows = plan.specification.rows.map { row in
      let own = ofRow[row.label] ?? []
      var counts: [RunStore.State: Int] = [:]
      for (_, state) in own { counts[state, default: 0] += 1 }
      let unnamed = plan.specification.runCount(of: row) - own.count
      if unnamed > 0 { counts[.absent, default: 0] += unnamed }
      return Row(
        label: row.label, counts: counts,
        failures: own.compactMap { run, _ in
          outcomes.outcome(run.id)?.failure.map { "\(run.description): \($0.message)" }
        })
    }
  }
}
