import ArgumentParser
import Configuration
import Experiments
import Foundation
import RunExports

struct RunsExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Export runs to formats that other programs read.",
    discussion: """
      Formats:
      \(exporterCatalog.map { "  \($0.id): \($0.summary)" }.joined(separator: "\n"))

      Runs that have not ended are left out. With --spec, a bundle includes the specification and \
      the places of the runs, so that its reader can rebuild the table. An MLflow server that asks \
      for a password gets it from MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or \
      MLFLOW_TRACKING_TOKEN.

      Example:
        aesm2 runs export --from results/quickstart --format sqlite --to runs.db
        aesm2 runs export --from results/quickstart --format tensorboard --to events
        aesm2 runs export --from results/quickstart --format bundle --to shared.tar
        aesm2 runs export --from results/quickstart --format jsonl --to all.jsonl
      """)

  @OptionGroup var selection: RunSelectionOptions

  @Option(help: "The format: \(exporterCatalog.map { $0.id }.joined(separator: ", ")).")
  var format: String

  @Option(help: "The file, new folder or server address.")
  var to: String

  @Option(help: "The name of the experiment on an MLflow server (default: aesm2).")
  var experiment: String?

  @Flag(help: "Include the weights of the runs, where they exist.")
  var weights = false

  func run() throws {
    let exporter = try blamingCommandLine { try checkedExporter() }
    let found = try selection.runs()
    let ended = found.runs.filter { $0.outcome != nil }
    guard !ended.isEmpty else {
      throw Diagnostic(
        "of \(counted(found.runs.count, "run")) none has ended, so there is nothing to export")
    }
    let summary = try exporter.export(
      ExportRequest(
        runs: ended, destination: to, experiment: experiment ?? "aesm2", includesWeights: weights,
        specification: try selection.spec.map {
          String(decoding: try AtomicFile.read($0), as: UTF8.self)
        }))
    report(summary)
    let open = found.runs.count { $0.outcome == nil && $0.state != .damaged }
    if open > 0 { StandardError.say("\(counted(open, "run")) left out, not having ended") }
    if found.runs.contains(where: { $0.state == .damaged }) { throw ExitCode(1) }
  }

  private func checkedExporter() throws -> any RunExporter.Type {
    guard let exporter = exporterCatalog.first(where: { $0.id == format }) else {
      throw Diagnostic.unknown("format", format, accepted: exporterCatalog.map { $0.id })
    }
    if weights, !exporter.takesWeights {
      throw Diagnostic("--weights: the format \(format) has no weights")
    }
    if experiment != nil, !exporter.takesExperiment {
      throw Diagnostic("--experiment: the format \(format) has no experiments")
    }
    return exporter
  }

  private func report(_ summary: ExportSummary) {
    var lines = ["\(counted(summary.written, "run")) written to \(to)"]
    if summary.skipped > 0 { lines[0] += "; \(summary.skipped) were there already" }
    lines += summary.notes
    // Standard output is the file if that was asked for.
    if to == AtomicFile.standardOutput {
      lines.forEach(StandardError.say)
    } else {
      print(lines.joined(separator: "\n"))
    }
  }
}
