import ArgumentParser
import Configuration
import Experiments
import Foundation
import Reporting
import TensorCore

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Build the tables of an experiment from finished runs.",
    discussion: """
      Tables are a pure function of the specification and the run records: rebuilt from the \
      runs.jsonl of a committed table, every file has the same bytes. Runs with damaged records \
      are named and left out; the exit status is then 1.

      Example:
        aesm2 report experiments/quickstart.yaml
        aesm2 report experiments/quickstart.yaml --output results/quickstart
        aesm2 report experiments/quickstart.yaml --statistics
        aesm2 report experiments/quickstart.yaml --figures --output figures
        aesm2 report experiments/kuairand-pure.yaml \\
          --records results/kuairand-pure/runs.jsonl --check results/kuairand-pure
      """)

  @OptionGroup var experiment: ExperimentOptions

  @Option(help: "Read the runs from this runs.jsonl instead of the store.")
  var records: String?

  @Option(help: "Write all files of the report into this folder.")
  var output: String?

  @Option(help: "Fail unless the files in this folder equal the report, byte for byte.")
  var check: String?

  @Option(help: "The format of the printed table: markdown, csv or latex.")
  var format = ReportFormat.markdown

  @Flag(help: "Add verdicts, tests of all differences, wins, and how reliable the order is.")
  var statistics = false

  @Flag(help: "Add figures: the learning curves of all rows, as SVG.")
  var figures = false

  func validate() throws {
    if figures, output == nil, check == nil {
      throw ValidationError("--figures makes files, so it needs --output or --check")
    }
  }

  func run() throws {
    Parallelism.use(threadCount: ProcessInfo.processInfo.activeProcessorCount)
    let specification = try experiment.specification()
    let (results, problems) = try results(of: specification)
    let report = try Report.make(
      specification: specification, results: results, catalog: RankingTool.catalog,
      figures: figures, statistics: statistics)
    if let check {
      let names = report.differences(from: check)
      guard names.isEmpty else {
        throw Diagnostic(
          "\(check): the report has other bytes in \(names.joined(separator: ", "))")
      }
    }
    if let output { try report.write(to: output) }
    if output == nil, check == nil {
      print(report.text(format.fileName) ?? "", terminator: "")
    }
    guard !problems.isEmpty else { return }
    for problem in problems { StandardError.say(problem) }
    StandardError.say("\(counted(problems.count, "run")) left out of the report")
    throw ExitCode(1)
  }

  /// Returns the runs, and one sentence for each unreadable run.
  private func results(of specification: ExperimentSpecification) throws -> (Results, [String]) {
    if let records { return (try Results(contentsOf: records), []) }
    let plan = try experiment.plan(
      of: specification, on: try experiment.dataset(of: specification))
    let outcomes = StoredOutcomes(in: experiment.runStore)
    let results = try Results(of: plan, in: outcomes)
    return (results, outcomes.problems)
  }
}

/// The format of a printed table.
enum ReportFormat: String, CaseIterable, ExpressibleByArgument {
  case markdown, csv, latex

  /// The report file in this format.
  var fileName: String {
    switch self {
    case .markdown: "table.md"
    case .csv: "table.csv"
    case .latex: "table.tex"
    }
  }
}
