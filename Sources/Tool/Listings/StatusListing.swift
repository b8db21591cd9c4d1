import Experiments
import Ranking

/// The state of every run of an experiment.
struct StatusListing {
  private let states: [(run: Plan.Run, state: RunStore.State)]
  private let failures: [String]
  private let finalCount: Int
  private let earlierRuns: String?

  /// Looks at the runs that can be named now.
  init(plan: Plan, store: RunStore) throws {
    let runs = try plan.runs { try store.outcome($0) }
    states = runs.map { ($0, store.state($0.id)) }
    failures = try runs.compactMap { run in
      try store.outcome(run.id)?.failure.map { "\(run.description): \($0.message)" }
    }
    finalCount = plan.finalCount
    earlierRuns =
      states.contains { $0.state == .absent } ? store.noteOnEarlierRuns() : nil
  }

  /// One line per row of the table, then the failures.
  var text: String {
    let all = RunStore.State.allCases
    var table = TextTable(["row"] + all.map(\.rawValue))
    var rows: [String] = []
    for (run, _) in states where !rows.contains(run.row) { rows.append(run.row) }
    for row in rows {
      table.add(
        [row]
          + all.map { state in
            "\(states.count { $0.run.row == row && $0.state == state })"
          })
    }
    let done = states.count { $0.state == .done }
    return
      ([table.text, "", "\(done) of \(finalCount) runs done"] + failures.map { "failed: \($0)" }
      + (earlierRuns.map { [$0] } ?? []))
      .joined(separator: "\n")
  }

  /// The listing for programs.
  var value: ConfigurationValue {
    .object([
      "finalCount": .integer(finalCount),
      "runs": .list(
        states.map { run, state in
          .object([
            "draw": .integer(run.draw), "id": .string(run.id),
            "purpose": .string(run.purpose.rawValue), "row": .string(run.row),
            "seed": .integer(run.configuration.seed), "state": .string(state.rawValue),
          ])
        }),
    ])
  }
}
