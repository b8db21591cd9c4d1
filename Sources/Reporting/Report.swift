import Configuration
import Experiments
import Foundation
import Ranking

/// The tables of an experiment: a pure function of its specification and its results.
///
/// Regenerating a report from the same inputs gives the same bytes: nothing in it depends on the
/// time, the machine, the locale or the code's current defaults. The catalog only determines the
/// order of rows.
public struct Report: Sendable, Equatable {
  /// A file of the report.
  public struct File: Sendable, Equatable {
    /// The name in the folder of results.
    public let name: String
    private let make: @Sendable () -> String

    /// The contents, generated on demand: the runs may be many.
    public var text: String { make() }

    init(name: String, text: @autoclosure @escaping @Sendable () -> String) {
      self.name = name
      make = text
    }

    /// Whether two files have the same name and the same contents.
    public static func == (a: File, b: File) -> Bool { a.name == b.name && a.text == b.text }
  }

  /// The name of the file that identifies the experiment of the report and the environment of its
  /// runs.
  static let provenanceName = "provenance.json"

  /// The id of the experiment.
  public let experiment: String

  /// The sections in order; figures are made only on request.
  private static let sections: [ReportSection] = [
    .summary, .metrics, .comparisons, .seesaw, .costs, .experts, .settings, .notes,
  ]

  /// The sections with verdicts at the beginning and the tests that they rest on.
  private static let sectionsWithStatistics: [ReportSection] = [
    .verdicts, .summary, .metrics, .comparisons, .seesaw, .statistics, .costs, .experts, .settings,
    .notes,
  ]

  private static let figures: [ReportSection] = [
    .scores, .differences, .seesawMap, .profiles, .qualityAndCost, .expertUse, .searches, .budgets,
    .learningCurves,
  ]

  /// The sections of the page, before the commands.
  fileprivate static let page: [ReportSection] =
    [
      .progress, .answer, .summary, .scores, .comparisons, .differences, .seesaw, .seesawMap,
      .profiles, .statistics,
    ]
    + [
      .qualityAndCost, .metrics, .learningCurves, .costs, .experts, .expertUse, .searches, .budgets,
      .settingTables, .data, .notes, .runs, .environment,
    ]

  /// The files: `table.md`, `table.csv`, `table.tex`, `runs.jsonl`, `provenance.json`, and for every figure
  /// an SVG file and its numbers as CSV; `experts.jsonl` if runs were inspected.
  public let files: [File]

  /// The title, the caption and the headline table, in Markdown.
  public let summary: String

  private let runIDs: Set<String>

  /// Creates the report.
  ///
  /// - Parameters:
  ///   - specification: The experiment.
  ///   - results: The records of its runs.
  ///   - catalog: The models, in the order of rows.
  ///   - figures: Whether the report includes figures.
  ///   - statistics: Whether the report begins with verdicts and includes the section on statistics.
  /// - Throws: ``Diagnostic`` if results were made from another specification or from more than
  ///   one data set (per cell of its grid, if it has one), or if the results lack a named metric.
  public static func make(
    specification: ExperimentSpecification, results: Results, catalog: Catalog,
    figures: Bool = false, statistics: Bool = false
  ) throws -> Report {
    let (document, csv) =
      if let grid = specification.grid {
        try GridContent(specification, grid: grid, results: results, catalog: catalog)
          .documentAndCSV(figures: figures)
      } else {
        try ReportContent(specification, results: results, catalog: catalog).documentAndCSV(
          (statistics ? sectionsWithStatistics : sections) + (figures ? Self.figures : []))
      }
    var files = [
      File(name: "table.md", text: MarkdownWriter().text(document)),
      File(name: "table.csv", text: csv),
      File(name: "table.tex", text: LaTeXWriter().text(document)),
      File(name: "runs.jsonl", text: results.jsonLines),
      File(
        name: provenanceName,
        text: results.provenance(of: specification.id).canonicalJSON + "\n"),
    ]
    if results.experts.count > 0 {
      files.append(File(name: InspectedRuns.fileName, text: results.experts.jsonLines))
    }
    for case .figure(let figure) in document.blocks {
      files.append(File(name: "\(figure.name).svg", text: figure.drawing.svg))
      files.append(File(name: "\(figure.name).csv", text: figure.csv))
    }
    return Report(
      experiment: specification.id, files: files,
      summary: MarkdownWriter().text(document.firstSection), runIDs: Set(results.lines.map(\.id)))
  }

  /// Returns the report as one HTML page: answer, figures, tables, settings, data, runs, machine and
  /// the commands to repeat it.
  ///
  /// The page needs no other file, no network and no script to be read; its script sorts, filters and
  /// hides.
  ///
  /// - Parameters:
  ///   - specification: The experiment.
  ///   - results: The records of its runs.
  ///   - catalog: The models, in the order of rows.
  ///   - path: The file of the specification, as the commands name it.
  /// - Throws: ``Diagnostic`` as ``make(specification:results:catalog:figures:statistics:)`` does.
  public static func page(
    specification: ExperimentSpecification, results: Results, catalog: Catalog, path: String
  ) throws -> String {
    if let grid = specification.grid {
      let content = try GridContent(
        specification, grid: grid, results: results, catalog: catalog)
      return HTMLWriter().page(try content.document(figures: true))
    }
    let content = try ReportContent(specification, results: results, catalog: catalog)
    return HTMLWriter(content).page(try content.pageDocument(path: path))
  }

  /// Returns the text of a file of the report.
  public func text(_ name: String) -> String? { files.first { $0.name == name }?.text }

  /// Returns the names of files that are missing in a folder or differ from the report.
  public func differences(from folder: String) -> [String] {
    files.filter {
      FileManager.default.contents(atPath: "\(folder)/\($0.name)") != Data($0.text.utf8)
    }.map(\.name)
  }
}

extension GridContent {
  fileprivate func documentAndCSV(figures: Bool) throws -> (ReportDocument, csv: String) {
    (try document(figures: figures), try csv())
  }
}

extension ReportContent {
  fileprivate func documentAndCSV(_ sections: [ReportSection]) throws
    -> (ReportDocument, csv: String)
  { (try document(sections), try csv()) }

  /// Returns the document of a page.
  ///
  /// - Parameter path: The file of the specification, as the commands name it.
  func pageDocument(path: String) throws -> ReportDocument {
    try document(Report.page + [.commands(path)])
  }
}

extension Results {
  /// Returns the environment of all runs together.
  func provenance(of experiment: String) -> ConfigurationValue {
    let all = lines.compactMap(\.outcome.provenance)
    func distinct(_ texts: [String]) -> ConfigurationValue {
      Array(Set(texts).sorted()).configuration
    }
    let dates = all.map(\.date).sorted()
    return .object([
      "blas": distinct(all.map(\.blas)), "commits": distinct(all.compactMap(\.commit)),
      "datasets": distinct(lines.map(\.outcome.configuration.dataset)),
      "experiment": .string(experiment), "firstRun": .string(dates.first ?? ""),
      "lastRun": .string(dates.last ?? ""), "processors": distinct(all.map(\.processor)),
      "runs": .integer(Set(lines.map(\.id)).count),
      "threads": Array(Set(all.map(\.threads)).sorted()).configuration,
      "toolchains": distinct(all.map(\.toolchain)),
    ])
  }
}

extension Report {
  /// Writes the files into a folder, which is created if it is missing.
  ///
  /// The file that identifies the experiment comes first, so that a report that could not be finished can be
  /// written again.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - dropsRuns: Whether records of runs in the folder that this report lacks may be lost.
  /// - Throws: ``Diagnostic`` if the folder holds anything other than an earlier report of the same
  ///   experiment, or records that would be lost, or if a file cannot be written.
  public func write(to folder: String, dropsRuns: Bool = false) throws {
    try createFolder(folder)
    try checkOwnership(of: folder)
    if !dropsRuns { try checkKeepsRuns(of: folder) }
    for file in files.filter({ $0.name == Self.provenanceName })
      + files.filter({ $0.name != Self.provenanceName })
    {
      try AtomicFile.write("\(folder)/\(file.name)", bytes: file.text.utf8)
    }
  }

  /// Checks that no run of an earlier report is missing in this one.
  private func checkKeepsRuns(of folder: String) throws {
    let path = "\(folder)/runs.jsonl"
    guard FileManager.default.fileExists(atPath: path) else { return }
    let earlier: Results
    do { earlier = try Results(contentsOf: path) } catch let error as Diagnostic {
      throw error.adding("to replace the report all the same, add --drop-runs")
    }
    let ids = Set(earlier.lines.map(\.id))
    let lost = ids.subtracting(runIDs).sorted()
    guard let first = lost.first else { return }
    throw Diagnostic(
      "has \(lost.count) of \(counted(ids.count, "run")), such as \(first.prefix(8)), that this report "
        + "lacks, and their records would be lost; write to another folder, or add --drop-runs"
    ).at(path)
  }

  /// Checks that a folder is empty, or holds an earlier report of this experiment.
  ///
  /// Other files beside such a report are left alone.
  private func checkOwnership(of folder: String) throws {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
      throw Diagnostic(cannot: "read the folder", folder)
    }
    // Runs may be inspected before their first report.
    let isFree = { (name: String) in isPartialName(name) || name == InspectedRuns.fileName }
    guard let first = names.first(where: { !isFree($0) }) else { return }
    let path = "\(folder)/\(Self.provenanceName)"
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Diagnostic(
        "holds '\(first)' and no report (it has no \(Self.provenanceName)); choose another folder"
      ).at(folder)
    }
    let found = try? ConfigurationValue(json: String(decoding: data, as: UTF8.self))["experiment"]
    guard case .string(let experiment)? = found ?? nil else {
      throw Diagnostic("does not say which experiment it is of; choose another folder").at(path)
    }
    guard experiment == self.experiment else {
      throw Diagnostic(
        "holds the report of the experiment '\(experiment)', not of '\(self.experiment)'; choose "
          + "another folder"
      ).at(folder)
    }
  }
}
