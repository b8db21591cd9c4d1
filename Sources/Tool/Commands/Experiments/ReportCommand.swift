import ArgumentParser
import Experiments
import Ranking

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Build the tables of an experiment from finished runs.",
    discussion: """
      Tables are a pure function of the specification and the run records: rebuilt from the \
      runs.jsonl of a committed table, every file has the same bytes.

      Example:
        aesm2 report experiments/quickstart.yaml
        aesm2 report experiments/quickstart.yaml --output results/quickstart
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

  @Option(help: "The printed format: markdown, csv or latex.")
  var format = ReportFormat.markdown

  func run() throws {
    let specification = try experiment.specification()
    let report = try Report.make(
      specification: specification, results: try results(of: specification), catalog: toolCatalog)
    if let check {
      let names = report.differences(from: check)
      guard names.isEmpty else {
        throw ConfigurationError(
          "\(check): the report has other bytes in \(names.joined(separator: ", "))")
      }
    }
    if let output { try report.write(to: output) }
    if output == nil, check == nil {
      print(report.text(format.fileName) ?? "", terminator: "")
    }
  }

  private func results(of specification: ExperimentSpecification) throws -> Results {
    if let records { return try Results(contentsOf: records) }
    let plan = try experiment.plan(
      of: specification, on: try experiment.dataset(of: specification))
    return try Results(of: plan, in: experiment.runStore)
  }
}

/// The format of a printed table.
enum ReportFormat: String, CaseIterable, ExpressibleByArgument {
  case markdown, csv, latex

  /// The file of a report that has the format.
  var fileName: String {
    switch self {
    case .markdown: "table.md"
    case .csv: "table.csv"
    case .latex: "table.tex"
    }
  }
}
