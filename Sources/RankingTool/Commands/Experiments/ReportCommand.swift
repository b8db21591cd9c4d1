import ArgumentParser
import Configuration
import Experiments
import Foundation
import Reporting
import TensorCore

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Build the tables, figures and page of an experiment from finished runs.",
    discussion: """
      Tables are a pure function of the specification and the run records: rebuilt from the \
      runs.jsonl of a committed table, every file has the same bytes. Runs with damaged records \
      are named and left out; the exit status is then 1.

      The page (--html) is one file that needs no network: answer, figures, tables, statistics, \
      settings, data, runs, machine and commands. With --watch, files are written again whenever a run of the store \
      ends, until all have; reload the page to see it.

      Example:
        aesm2 report experiments/quickstart.yaml
        aesm2 report experiments/quickstart.yaml --output results/quickstart
        aesm2 report experiments/quickstart.yaml --html report.html
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

  @Option(
    help: "Fail unless the files in this folder, with figures if it has some, equal the report.")
  var check: String?

  @Option(help: "The format of the printed table: markdown, csv or latex.")
  var format = ReportFormat.markdown

  @Flag(help: "Add verdicts, tests of all differences, wins, and how reliable the order is.")
  var statistics = false

  @Option(help: "Write the report with its figures into this file, as one HTML page.")
  var html: String?

  @Flag(help: "Add figures, as SVG with their numbers as CSV.")
  var figures = false

  @Option(
    help: "Add figures in this format too, pdf or png, by rsvg-convert; may be repeated.")
  var figureFormat: [FigureFormat] = []

  @Flag(
    help: "Replace a report in --output that has runs which this one lacks, losing their records.")
  var dropRuns = false

  @Flag(help: "Keep running and rewrite the files whenever a run ends, until all have ended.")
  var watch = false

  func validate() throws {
    if figures, output == nil, check == nil {
      throw ValidationError("--figures makes files, so it needs --output or --check")
    }
    if !figureFormat.isEmpty, !figures || output == nil {
      throw ValidationError("--figure-format converts figures, so it needs --figures and --output")
    }
    if dropRuns, output == nil {
      throw ValidationError("--drop-runs is about the folder of --output, which is missing")
    }
    if watch, records != nil || check != nil {
      throw ValidationError(
        "--watch follows the store, so it goes with neither --records nor --check")
    }
    if watch, output == nil, html == nil {
      throw ValidationError("--watch writes files, so it needs --output or --html")
    }
  }

  func run() throws {
    Parallelism.use(threadCount: ProcessInfo.processInfo.activeProcessorCount)
    let conversion = try figureFormat.isEmpty ? nil : FigureConversion()
    let specification = try experiment.specification()
    if watch { return try follow(specification, conversion) }
    let (results, problems) = try results(of: specification)
    problems.forEach(StandardError.say)
    let report = try write(results, of: specification, conversion)
    if let check {
      let names = report.differences(from: check)
      guard names.isEmpty else {
        throw Diagnostic(
          "\(check): the report has other bytes in \(names.joined(separator: ", "))")
      }
    }
    if output == nil, check == nil, html == nil {
      print(report.text(format.fileName) ?? "", terminator: "")
    }
    try complain(of: problems)
  }

  /// Says how many runs, which were named before, are left out of the report; returns if there are none.
  private func complain(of problems: [String]) throws {
    guard !problems.isEmpty else { return }
    StandardError.say("\(counted(problems.count, "run")) left out of the report")
    throw ExitCode(1)
  }

  /// Makes the report, and writes the files that are asked for.
  private func write(
    _ results: Results, of specification: ExperimentSpecification, _ conversion: FigureConversion?
  ) throws -> Report {
    let report = try Report.make(
      specification: specification, results: results, catalog: RankingTool.catalog,
      figures: figures || check.map(Self.hasFigures) ?? false, statistics: statistics)
    if let output {
      try report.write(to: output, dropsRuns: dropRuns)
      for file in report.files where file.name.hasSuffix(".svg") {
        for format in figureFormat {
          try conversion?.convert("\(output)/\(file.name.dropLast(4))", to: format)
        }
      }
    }
    if let html {
      let page = try Report.page(
        specification: specification, results: results, catalog: RankingTool.catalog,
        path: experiment.spec)
      try AtomicFile.write(html, bytes: page.utf8)
    }
    return report
  }

  private static func hasFigures(_ folder: String) -> Bool {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    return names?.contains { $0.hasSuffix(".svg") } ?? false
  }

  /// Returns the runs, and one sentence for each unreadable run.
  private func results(of specification: ExperimentSpecification) throws -> (Results, [String]) {
    if let records { return (try Results(contentsOf: records), []) }
    let outcomes = StoredOutcomes(in: experiment.runStore)
    let lines = try specification.parts.flatMap { cell, part in
      let plan = try experiment.plan(of: part, on: try experiment.dataset(of: part))
      return try Results(of: plan, in: outcomes, cell: cell).lines
    }
    var results = Results(lines: lines)
    if let folder = output ?? check { results.experts = try InspectedRuns(inFolder: folder) }
    guard FileManager.default.fileExists(atPath: experiment.store) else {
      throw Diagnostic("there is no such store of runs; name it with --store, or run a sweep first")
        .at(experiment.store)
    }
    return (results, outcomes.problems)
  }

  /// Writes the files whenever a run has ended, until all have or a signal asks to stop.
  private func follow(
    _ specification: ExperimentSpecification, _ conversion: FigureConversion?
  ) throws {
    let stop = StopSignal.interrupt()
    let plan = try experiment.plan(
      of: specification, on: try experiment.dataset(of: specification))
    var written: Results?
    var named: Set<String> = []
    while true {
      let status = try ExperimentStatus(of: plan, in: experiment.runStore)
      let outcomes = StoredOutcomes(in: experiment.runStore)
      let results = try Results(of: plan, in: outcomes)
      for problem in outcomes.problems where named.insert(problem).inserted {
        StandardError.say(problem)
      }
      if results != written {
        _ = try write(results, of: specification, conversion)
        StandardError.say("\(status.all.done) of \(counted(status.all.total, "run")) done")
        written = results
      }
      // A run that ended while it was looked at may have left others to be made.
      if status.haveAllEnded,
        try ExperimentStatus(of: plan, in: experiment.runStore).runs.map(\.run)
          == status.runs.map(\.run)
      {
        return try complain(of: outcomes.problems)
      }
      for _ in 0..<10 where !stop.isRequested { usleep(200_000) }
      if stop.isRequested { throw ExitCode(stop.exitStatus) }
    }
  }
}

extension ExperimentStatus {
  /// Whether a sweep would neither start a run nor go on with one.
  fileprivate var haveAllEnded: Bool {
    runs.allSatisfy { $0.state.isSettled || $0.state == .failed || $0.state == .damaged }
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

/// A format of figures that another program makes.
enum FigureFormat: String, CaseIterable, ExpressibleByArgument {
  case pdf, png
}
