import ArgumentParser
import Configuration
import Experiments
import Foundation
import TensorCore

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the progress of an experiment.",
    discussion: """
      A run is absent, incomplete (stopped, will resume), running, done, failed or damaged (its \
      record is invalid). Repetitions of a row count as absent until its search has ended. While runs \
      are active, here or on other machines, their progress is shown as by 'aesm2 sweep'.

      Example:
        aesm2 status experiments/quickstart.yaml
        aesm2 status experiments/quickstart.yaml --json
      """)

  @OptionGroup var experiment: ExperimentOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    Parallelism.use(threadCount: ProcessInfo.processInfo.activeProcessorCount)
    let specification = try experiment.specification()
    let parts = try specification.parts.map { cell, part in
      let plan = try experiment.plan(of: part, on: try experiment.dataset(of: part))
      return (cell: cell, status: try ExperimentStatus(of: plan, in: experiment.runStore))
    }
    if json { return print(value(of: parts).canonicalJSON) }
    if !FileManager.default.fileExists(atPath: experiment.store) {
      StandardError.say("\(experiment.store): there is no such store of runs yet")
    }
    for (cell, status) in parts {
      if let cell { print("data set \(cell)") }
      print(status.text)
      if let line = slurmLine(of: status) { print(line) }
      if cell != nil { print() }
    }
    if parts.contains(where: { $0.status.lacksRuns }),
      let note = experiment.runStore.noteOnEarlierRuns()
    {
      print(note)
    }
  }

  /// The status of the data set, or a list with that of every data set under its name.
  private func value(of parts: [(cell: String?, status: ExperimentStatus)]) -> ConfigurationValue {
    let values = parts.map { cell, status -> ConfigurationValue in
      guard let cell, case .object(var members) = status.value else { return status.value }
      members["data"] = .string(cell)
      return .object(members)
    }
    return parts.first?.cell == nil ? values.first ?? .null : .list(values)
  }
}

extension StatusCommand {
  /// What Slurm says of the runs that are not done, in one line; nil if none were submitted to it.
  private func slurmLine(of status: ExperimentStatus) -> String? {
    do {
      return try SlurmStatus(
        of: status.runs.filter { $0.state != .done }.map(\.run), in: experiment.runStore)?.text
    } catch { return "Slurm: \(error)" }
  }
}

extension ExperimentStatus {
  /// One line per row of the table, followed by the failures.
  ///
  /// States without runs are left out.
  fileprivate var text: String {
    let states = RunStore.State.allCases.filter { state in
      state == .done || rows.contains { $0.counts[state, default: 0] > 0 }
    }
    var table = TextTable(["row", "trials", "repetitions"] + states.map(\.rawValue))
    for row in rows {
      table.add(
        [
          row.label, row.trials.total == 0 ? "-" : "\(row.trials.done)/\(row.trials.total)",
          "\(row.repetitions.done)/\(row.repetitions.total)",
        ] + states.map { "\(row.counts[$0, default: 0])" })
    }
    return
      ([printable(table.text), "", "\(all.done) of \(all.total) runs done"] + progress
      + rows.flatMap(\.failures).map { "failed: \($0)" } + problems.map { "damaged: \($0)" })
      .joined(separator: "\n")
  }

  /// What a sweep shows while it works; without active runs, only the best trials.
  private var progress: [String] {
    let lines = sweep.lines(
      width: terminalWidth(), height: .max, style: TerminalStyle(of: STDOUT_FILENO))
    return sweep.active.isEmpty ? Array(lines.dropFirst()) : lines
  }

  fileprivate var lacksRuns: Bool { rows.contains { $0.counts[.absent, default: 0] > 0 } }

  /// The status in machine-readable form.
  fileprivate var value: ConfigurationValue {
    .object([
      "active": .list(sweep.active.map(\.value)), "best": .list(sweep.best.map(\.value)),
      "finalCount": .integer(all.total),
      "problems": problems.configuration,
      "rows": .list(
        rows.map { row in
          .object([
            "counts": .object(
              Dictionary(
                uniqueKeysWithValues: RunStore.State.allCases.map {
                  ($0.rawValue, .integer(row.counts[$0, default: 0]))
                })),
            "label": .string(row.label), "repetitions": .integer(row.repetitions.total),
            "repetitionsDone": .integer(row.repetitions.done),
            "trials": .integer(row.trials.total), "trialsDone": .integer(row.trials.done),
          ])
        }),
      "rowsPerSecond": .number(sweep.rowsPerSecond),
      "secondsLeft": sweep.secondsLeft.map { .number($0) } ?? .null,
      "runs": .list(
        runs.map { run, state in
          .object([
            "draw": .integer(run.trial), "id": .string(run.id),
            "purpose": .string(run.purpose.rawValue), "row": .string(run.row),
            "seed": .integer(run.configuration.seed), "state": .string(state.rawValue),
          ])
        }),
    ])
  }
}

extension SweepStatus.ActiveRun {
  fileprivate var value: ConfigurationValue {
    .object([
      "plannedSteps": (progress?.plannedSteps).map { .integer($0) } ?? .null,
      "rowsPerSecond": (progress?.rowsPerSecond).map { .number($0) } ?? .null,
      "run": .string(description),
      "step": (progress?.step).map { .integer($0) } ?? .null,
    ])
  }
}

extension SweepStatus.Best {
  fileprivate var value: ConfigurationValue {
    .object([
      "halfWidth": halfWidth.map { .number($0) } ?? .null, "mean": .number(mean),
      "row": .string(row), "runs": .integer(runCount), "trial": .integer(trial),
    ])
  }
}
