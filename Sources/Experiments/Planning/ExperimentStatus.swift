import Ranking

/// How far every row of an experiment is, as its runs on disk say.
public struct ExperimentStatus: Sendable, Equatable {
  /// How far one row is.
  public struct Row: Sendable, Equatable {
    /// The label of the row.
    public let label: String
    /// The number of its runs in each state.
    ///
    /// Repetitions count as absent until a draw is chosen.
    public let counts: [RunStore.State: Int]
    /// The runs that failed, each with its place and the sentence of its failure.
    public let failures: [String]

    /// Whether every run of the row is done.
    public var isComplete: Bool { counts.allSatisfy { $0.key == .done || $0.value == 0 } }
  }

  /// The rows, in the order of the specification.
  public let rows: [Row]

  /// Looks at the runs of a plan.
  ///
  /// - Throws: ``ConfigurationError`` where a file of the store is damaged.
  public init(of plan: Plan, in store: RunStore) throws {
    var known: [String: RunOutcome] = [:]
    func outcome(_ id: String) throws -> RunOutcome? {
      if let outcome = known[id] { return outcome }
      known[id] = try store.outcome(id)
      return known[id]
    }
    let runs = try plan.runs(outcome: outcome)
    let seedCount = plan.specification.seeds.count
    rows = try plan.specification.rows.map { row in
      let own = runs.filter { $0.row == row.label }
      var counts: [RunStore.State: Int] = [:]
      for run in own { counts[store.state(run.id), default: 0] += 1 }
      let unnamed = row.budget + seedCount - own.count
      if unnamed > 0 { counts[.absent, default: 0] += unnamed }
      return Row(
        label: row.label, counts: counts,
        failures: try own.compactMap { run in
          try outcome(run.id)?.failure.map { "\(run.description): \($0.message)" }
        })
    }
  }
}
