import Configuration
import Experiments
import ExperimentsTestKit
import Foundation
import Reporting
import TestKit
import Testing
import Training

/// The folder `golden` holds a specification, results and the tables made from them.
///
/// Setting `AESM2_UPDATE_GOLDEN` makes results and tables anew from fake runs; look at what
/// changed.
@Suite(.serialized) struct ReportTests {
  private static let folder = FixtureFolder.path("experiments/golden")
  private let spec: ExperimentSpecification
  private let results: Results

  init() throws {
    spec = try ExperimentSpecification(
      contentsOf: Self.folder + "/spec.yaml", catalog: toyCatalog, training: toyTraining)
    if ProcessInfo.processInfo.environment["AESM2_UPDATE_GOLDEN"] != nil {
      try Self.report(spec, Self.fakeResults(spec)).write(to: Self.folder)
    }
    results = try Results(contentsOf: Self.folder + "/runs.jsonl")
  }

  private static func report(_ spec: ExperimentSpecification, _ results: Results) throws -> Report {
    try Report.make(specification: spec, results: results, catalog: toyCatalog)
  }

  /// All runs of the specification, but that one trial and one repetition failed, and one
  /// repetition is missing.
  private static func fakeResults(_ spec: ExperimentSpecification) throws -> Results {
    let plan = try plan(spec)
    func outcome(_ configuration: RunConfiguration) -> RunOutcome? {
      switch (configuration.model, configuration.settings["width"], configuration.seed) {
      case ("alpha", .integer(64)?, 2): nil
      case ("beta", _, 3):
        .failed(
          RunFailure(
            configuration: configuration, message: "the loss is nan at step 7 | see 'gate_1'",
            step: 7, provenance: fakeProvenance))
      default: .done(fakeRecord(configuration))
      }
    }
    var known: [String: RunOutcome] = [:]
    for run in try plan.runs(outcome: { _ in nil }) {
      known[run.id] = outcome(run.configuration)
    }
    let runs = try plan.runs { known[$0] }
    return Results(
      lines: runs.compactMap { run in
        outcome(run.configuration).map {
          Results.Line(of: run, outcome: $0)
        }
      })
  }

  @Test func regeneratesTheCommittedTablesByteForByte() throws {
    let report = try Self.report(spec, results)
    #expect(report.files.map(\.name).count == 5)
    #expect(report.differences(from: Self.folder) == [])
  }

  @Test func rowsOfOneModelAreDescribedByTheirDifferences() throws {
    let spec = try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: alpha, settings: {depth: 2}}, {id: beta}, "
        + "{id: alpha, label: wide, settings: {width: 16}, training: {learningRate: 0.01}}, "
        + "{id: alpha, label: same, settings: {depth: 2}}]")
    let table = try #require(try Self.report(spec, Self.fakeResults(spec)).text("table.md"))
    #expect(
      table.contains("- Alpha, model alpha: not searched: depth = 2, strength = 0.5, width = 8"))
    #expect(
      table.contains(
        "- wide, model alpha: as Alpha, but depth = 1, width = 16, learningRate = 0.01"))
    #expect(table.contains("- same, model alpha: as Alpha\n"))
    #expect(table.contains("- Beta², model beta: not searched: "))
  }

  @Test func tablesOfNewRunsSayHowLossesWereReducedAndWhichWeightsWereKept() throws {
    let note = "reduced by row: every row of a task counts alike."
    let new = try Self.report(spec, Self.fakeResults(spec)).text("table.md")
    #expect(try #require(new).contains("Loss: \(note)"))
    #expect(try #require(Self.report(spec, results).text("table.md")).contains(note) == false)
    let last = try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: alpha, label: x, training: {keptWeights: last}}, "
        + "{id: alpha, label: y, training: {lossReduction: cell}}]")
    let table = try #require(try Self.report(last, Self.fakeResults(last)).text("table.md"))
    #expect(table.contains("x: \(note)"))
    #expect(table.contains("y: reduced by cell: every scenario counts alike"))
    #expect(table.contains("x: trained for all epochs; the last weights were kept, not the best."))
  }

  @Test func theOrderOfLinesDoesNotMatter() throws {
    let shuffled = Results(lines: results.lines.reversed())
    for name in ["table.md", "table.csv", "table.tex", "provenance.json"] {
      #expect(
        try Self.report(spec, shuffled).text(name) == Self.report(spec, results).text(name))
    }
  }

  @Test func tellsWhichFilesDiffer() throws {
    let folder = try TemporaryFolder()
    let report = try Self.report(spec, results)
    try report.write(to: folder.path + "/results")
    #expect(report.differences(from: folder.path + "/results") == [])
    try "x".write(
      toFile: folder.path + "/results/table.md", atomically: true, encoding: .utf8)
    #expect(report.differences(from: folder.path + "/results") == ["table.md"])
  }

  @Test func rowsStandInTheOrderOfTheCatalog() throws {
    let table = try #require(try Self.report(spec, results).text("table.md"))
    let labels = table.split(separator: "\n").filter { $0.hasPrefix("| ") }.prefix(6)
      .map { $0.split(separator: "|")[0].trimmingCharacters(in: .whitespaces) }
    #expect(labels == ["model", "---", "Alpha", "Alpha & wide\\_64", "Alpha fixed", "Beta²"])
  }

  @Test func aTableWithoutAnyRunSaysSo() throws {
    let table = try #require(try Self.report(spec, Results(lines: [])).text("table.md"))
    #expect(table.contains("No run is done."))
    #expect(table.contains("Alpha: 6 of 6 trials missing."))
    #expect(table.contains("Alpha fixed: 3 of 3 repetitions missing."))
  }

  @Test(arguments: [
    ("width", ConfigurationValue.integer(32), "has width 32, not 64"),
    ("width", nil, "has width unset, not 64"),
  ])
  func refusesRunsOfAnotherSpecification(
    name: String, value: ConfigurationValue?, message: String
  ) throws {
    var changed = results
    let index = try #require(changed.lines.firstIndex { $0.row == "Alpha & wide_64" })
    guard case .done(var record) = changed.lines[index].outcome else { return }
    record.configuration.settings[name] = value
    changed.lines[index].outcome = .done(record)
    let error = #expect(throws: Diagnostic.self) { try Self.report(spec, changed) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func refusesUnknownRowsSeedsAndDatasets() throws {
    func message(_ change: (inout Results.Line) -> Void) throws -> String {
      var changed = results
      change(&changed.lines[0])
      let error = #expect(throws: Diagnostic.self) { try Self.report(spec, changed) }
      return error?.description ?? ""
    }
    #expect(try message { $0.row = "Alhpa" }.contains("did you mean 'Alpha'?"))
    #expect(try message { $0.trial = 3 }.contains("is of trial 3, but there are 3"))
    #expect(
      try message { line in
        guard case .done(var record) = line.outcome else { return }
        record.configuration.seed = 99
        line.outcome = .done(record)
      }.contains("has the seed 99, which is not asked for"))
    #expect(
      try message { line in
        guard case .done(var record) = line.outcome else { return }
        record.configuration.dataset = "another"
        line.outcome = .done(record)
      }.contains("are of 2 data sets, not of one"))
  }

  @Test func refusesDamagedResultsWithTheLine() throws {
    let lines = results.jsonLines.split(separator: "\n").map(String.init)
    let text = lines[0] + "\n" + lines[1].prefix(50) + "\n"
    let error = #expect(throws: Diagnostic.self) {
      try Results(jsonLines: text, file: "runs.jsonl")
    }
    #expect(error?.description.hasPrefix("runs.jsonl:2: not valid JSON") == true)
  }

  @Test func refusesPublishedNumbersThatNoColumnHas() throws {
    var changed = spec
    changed.published[0].values[0].metric = MetricName(.auc, .cell(task: "click", scenario: "DE"))
    let error = #expect(throws: Diagnostic.self) { try Self.report(changed, results) }
    #expect(
      error?.description.contains("unknown metric of a published number 'auc/click/DE'") == true)
  }

  /// Selection must give the same answer when every test metric is another.
  @Test func testMetricsDoNotChangeWhatIsChosen() throws {
    var changed = results
    for index in changed.lines.indices where changed.lines[index].purpose == .search {
      guard case .done(var record) = changed.lines[index].outcome else { continue }
      record.test = MetricGrid(
        tasks: record.test.tasks, scenarios: record.test.scenarios,
        cells: record.test.cells.map {
          $0.map { MetricCell(rows: $0.rows, positives: 1, values: [.auc: 0]) }
        },
        pooled: record.test.pooled)
      changed.lines[index].outcome = .done(record)
    }
    #expect(
      try Self.report(spec, changed).text("table.csv")
        == Self.report(spec, results).text("table.csv"))
  }
}
