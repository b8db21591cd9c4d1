import Configuration
import Experiments

/// The state of every run of an experiment.
struct StatusListing {
  private let status: ExperimentStatus
  private let plan: Plan
  private let earlierRuns: String?

  /// Looks at the runs of a plan.
  init(plan: Plan, store: RunStore) throws {
    self.plan = plan
    status = try ExperimentStatus(of: plan, in: store)
    earlierRuns =
      status.rows.contains { $0.counts[.absent, default: 0] > 0 } ? store.noteOnEarlierRuns() : nil
  }

  /// One line per row of the table, then the failures.
  ///
  /// Repetitions whose settings are not chosen yet count as absent. States that no run has are left
  /// out.
  var text: String {
    let states = RunStore.State.allCases.filter { state in
      state == .done || status.rows.contains { $0.counts[state, default: 0] > 0 }
    }
    var table = TextTable(["row", "trials", "repetitions"] + states.map(\.rawValue))
    for (row, declared) in zip(status.rows, plan.specification.rows) {
      let trials = done(row.label, .search)
      table.add(
        [
          row.label, declared.budget == 0 ? "-" : "\(trials)/\(declared.budget)",
          "\(done(row.label, .result))/\(plan.specification.seeds.count)",
        ] + states.map { "\(row.counts[$0, default: 0])" })
    }
    let done = status.runs.count { $0.state == .done }
    return
      ([table.text, "", "\(done) of \(plan.finalCount) runs done"]
      + status.rows.flatMap(\.failures).map { "failed: \($0)" }
      + status.problems.map { "damaged: \($0)" } + (earlierRuns.map { [$0] } ?? []))
      .joined(separator: "\n")
  }

  /// The listing for programs.
  var value: ConfigurationValue {
    .object([
      "finalCount": .integer(plan.finalCount),
      "problems": status.problems.configuration,
      "rows": .list(
        zip(status.rows, plan.specification.rows).map { row, declared in
          .object([
            "counts": .object(
              Dictionary(
                uniqueKeysWithValues: RunStore.State.allCases.map {
                  ($0.rawValue, .integer(row.counts[$0, default: 0]))
                })),
            "label": .string(row.label), "repetitions": .integer(plan.specification.seeds.count),
            "repetitionsDone": .integer(done(row.label, .result)),
            "trials": .integer(declared.budget),
            "trialsDone": .integer(done(row.label, .search)),
          ])
        }),
      "runs": .list(
        status.runs.map { run, state in
          .object([
            "draw": .integer(run.trial), "id": .string(run.id),
            "purpose": .string(run.purpose.rawValue), "row": .string(run.row),
            "seed": .integer(run.configuration.seed), "state": .string(state.rawValue),
          ])
        }),
    ])
  }

  private func done(_ row: String, _ purpose: Plan.Purpose) -> Int {
    status.runs.count { $0.run.row == row && $0.run.purpose == purpose && $0.state == .done }
  }
}
