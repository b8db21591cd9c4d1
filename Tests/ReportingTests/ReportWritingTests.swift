import Configuration
import Datasets
import Experiments
import ExperimentsTestKit
import Foundation
import Reporting
import TestKit
import Testing
import Training

/// What tables make of names and numbers that could be misread.
@Suite struct ReportWritingTests {
  private static let yaml = """
    id: toy
    dataset: {cache: nowhere}
    models:
      - {id: alpha}
      - {id: beta}
    seeds: 2
    metrics: [auc, copc]
    reference: Alpha
    """

  /// Returns the report of runs that all have one grid, which `change` makes from the record.
  private func report(
    _ yaml: String = yaml, figures: Bool = false,
    change: (inout RunRecord) -> Void = { _ in }
  ) throws -> Report {
    let spec = try specification(yaml)
    let lines = try plan(spec).runs { _ in nil }.map { run in
      var record = fakeRecord(run.configuration)
      change(&record)
      return Results.Line(of: run, outcome: .done(record))
    }
    return try Report.make(
      specification: spec, results: Results(lines: lines), catalog: toyCatalog,
      figures: figures)
  }

  /// A grid whose numbers tell their place: 0.1 · (task + 1) + 0.01 · (scenario + 1), and 0.9 for what
  /// is pooled.
  private func grid(tasks: [String], scenarios: [String]) -> MetricGrid {
    func cell(_ auc: Double) -> MetricCell {
      MetricCell(rows: 100, positives: 60, values: [.auc: auc, .copc: 1])
    }
    return MetricGrid(
      tasks: tasks, scenarios: scenarios,
      cells: tasks.indices.map { task in
        scenarios.indices.map { cell(0.1 * Double(task + 1) + 0.01 * Double($0 + 1)) }
      }, pooled: tasks.map { _ in cell(0.9) })
  }

  private func lines(_ report: Report, _ file: String) throws -> [[String]] {
    try #require(report.text(file)).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test(arguments: [
    ["macro", "pooled", "other"], ["\"macro\"", "\"pooled\"", "\"a/b\"/c"],
  ])
  func namesOfSummariesDoNotHideTheNumbersOfTasksAndScenarios(scenarios: [String]) throws {
    let tasks = ["macro", "pooled"]
    let grid = grid(tasks: tasks, scenarios: scenarios)
    let report = try report {
      ($0.test, $0.validation, $0.ceilings) = (grid, grid, nil)
    }
    let lines = try lines(report, "table.csv").filter { $0[0] == "Alpha" && $0[2] == "auc" }
    for (task, name) in tasks.enumerated() {
      let own = lines.filter { $0[3] == name }.map { Double($0[5]) ?? 0 }
      let cells = (1...3).map { 0.1 * Double(task + 1) + 0.01 * Double($0) }
      let expected = cells + [cells.reduce(0, +) / 3, 0.9]
      #expect(zip(own, expected).allSatisfy { abs($0 - $1) < 1e-12 } && own.count == 5)
      #expect(Set(lines.filter { $0[3] == name }.map { $0[4] }).count == 5)
    }
  }

  @Test func noTextBecomesMarkup() throws {
    let name = "=a\u{1b}[31m|[x](http://e.vil)&amp;\r\n#\\input{x}\u{301}"
    let yaml = Self.yaml.replacing(
      "id: toy\n", with: "id: toy\ntitle: \"A\\n\\\\end{document} |\"\ncaption: \"# no heading\"\n")
    let grid = grid(tasks: ["t"], scenarios: [name, "-1"])
    let report = try report(yaml) { ($0.test, $0.validation, $0.ceilings) = (grid, grid, nil) }
    for file in ["table.md", "table.csv", "table.tex"] {
      let text = try #require(report.text(file))
      #expect(!text.unicodeScalars.contains("\u{1b}") && !text.unicodeScalars.contains("\r"))
    }
    let tex = try #require(report.text("table.tex"))
    #expect(tex.hasPrefix("% A \\end{document} |\n% Needs"))
    #expect(tex.split(separator: "\n").allSatisfy { !$0.hasPrefix("\\end{document}") })
    #expect(tex.contains("\\textbar{}[x](http://e.vil)\\&amp; \\#\\textbackslash{}input\\{x"))
    let markdown = try #require(report.text("table.md"))
    #expect(markdown.contains("=a\\\\u{1b}[31m\\|[x\\](http\\://e.vil)\\&amp; #\\\\input{x"))
    #expect(markdown.contains("\n\\# no heading\n"))
    let csv = try lines(report, "table.csv")
    #expect(csv.contains { $0[4].hasPrefix("'=a\\u{1b}[31m|[x]") })
    #expect(csv.contains { $0[4] == "-1" })
  }

  @Test func manyScenariosAreRows() throws {
    let names = (1...8).map { "scenario \($0)" }
    let grid = grid(tasks: ["t"], scenarios: names)
    let report = try report { ($0.test, $0.validation, $0.ceilings) = (grid, grid, nil) }
    let markdown = try #require(report.text("table.md"))
    #expect(markdown.contains("| scenario | Alpha | Beta² |"))
    #expect(markdown.contains("| scenario 8 | **0.1800 ± 0.0000** | **0.1800 ± 0.0000** |"))
    #expect(markdown.contains("| pooled | **0.9000 ± 0.0000** | **0.9000 ± 0.0000** |"))
    #expect(markdown.contains("| n | 2 | 2 |"))
  }

  @Test func theSummaryShowsPooledBesideMacroAndWhatARunCosts() throws {
    let report = try report { $0.timing.processorSecondsPerEpoch = 2.5 }
    #expect(report.summary.contains("| model | click macro | click pooled | buy macro |"))
    #expect(report.summary.contains("| model | parameters | s/epoch | CPU s/epoch | rows/s |"))
    #expect(report.summary.contains("| Alpha | 8000 | 1.25 | 2.50 | 4000 | 1 |"))
    let csv = try lines(report, "table.csv")
    #expect(csv[0].suffix(3) == ["processor_seconds_per_epoch", "rows_per_second", "trials"])
    #expect(csv[1].suffix(3) == ["2.5", "4000.0", "1"])
  }

  @Test func theSummaryShowsTheWorkOfARunIfSomeRecordHasIt() throws {
    let report = try report { record in
      guard record.configuration.model == "alpha" else { return }
      record.work = RunRecord.Work(
        forwardOperationsPerRow: 12_340, trainingOperationsPerRow: nil, tableParameterCount: 7000)
      (record.timing.peakByteCount, record.timing.joules) = (123_400_000, 4560)
    }
    #expect(
      report.summary.contains(
        "| model | parameters | in tables | kFLOPs/row | s/epoch | CPU s/epoch | rows/s | epochs "
          + "| training s | peak MB | kJ | trials |"))
    #expect(
      report.summary.contains(
        "| Alpha | 8000 | 7000 | 12.3 | 1.25 | — | 4000 | 2.00 | 2.5 | 123 | 4.56 | 1 |"))
    #expect(
      report.summary.contains("| Beta² | 8000 | — | — | 1.25 | — | 4000 | — | — | — | — | 1 |"))
    let table = try #require(report.text("table.md"))
    #expect(table.contains("kFLOPs/row: thousand floating-point operations to score a row"))
    #expect(table.contains("peak MB: peak memory of the process; kJ: energy"))
    let csv = try lines(report, "table.csv")
    #expect(
      csv[0].suffix(9) == [
        "rows_per_second", "table_parameters", "flops_per_row", "training_flops_per_row", "epochs",
        "training_seconds", "peak_bytes", "joules", "trials",
      ])
    #expect(
      csv[1].suffix(8) == ["7000.0", "12340.0", "", "2.0", "2.5", "123400000.0", "4560.0", "1"])
    #expect(csv[2].suffix(8) == ["", "", "", "", "", "", "", "1"])
  }

  @Test func whatTrueProbabilitiesReachIsShownBelowTheCeilingsIfSomeRecordHasIt() throws {
    let before = try report()
    #expect(before.text("table.md")?.contains("true probabilities") == false)
    let after = try report { record in
      guard record.configuration.model == "alpha" else { return }
      record.ceilings?.realized = Ceilings.Table(
        cells: [[0.79, 0.83], [0.92, nil]], macroMeans: [0.81, 0.92], pooled: [0.8125, 0.93])
    }
    let table = try #require(after.text("table.md"))
    #expect(table.contains("| best reachable | 0.8000 | 0.8100 | 0.8050 | 0.8200 |"))
    #expect(table.contains("| true probabilities | 0.7900 | 0.8300 | 0.8100 | 0.8125 |"))
    #expect(table.contains("true probabilities: the AUC that they have on that draw"))
    let csv = try lines(after, "table.csv")
    let place = try #require(csv[0].firstIndex(of: "realized_ceiling"))
    #expect(csv[0][place - 1] == "ceiling" && csv[1][(place - 1)...place] == ["0.8", "0.79"])
  }

  @Test func recordsOfOtherRealizedCeilingsAreOfOtherData() throws {
    #expect(throws: Diagnostic.self) {
      try report { record in
        let value = record.configuration.model == "alpha" ? 0.81 : 0.82
        record.ceilings?.realized = Ceilings.Table(
          cells: [[value, value], [value, nil]], macroMeans: [value, value],
          pooled: [value, value])
      }
    }
  }

  @Test func qualityIsPlottedAgainstOperationsIfAllRowsHaveThem() throws {
    func names(_ change: (inout RunRecord) -> Void) throws -> [String] {
      try report(figures: true, change: change).files.map(\.name).filter {
        $0.hasPrefix("quality-")
      }
    }
    let without = try names { _ in }
    #expect(!without.contains("quality-flops.svg") && without.contains("quality-seconds.svg"))
    let with = try names { record in
      record.work = RunRecord.Work(
        forwardOperationsPerRow: record.configuration.model == "alpha" ? 100 : 5000,
        trainingOperationsPerRow: 1, tableParameterCount: 0)
    }
    #expect(Set(with) == Set(without + ["quality-flops.svg", "quality-flops.csv"]))
  }

  @Test func doubtfulChoicesAreNamed() throws {
    let searched = Self.yaml.replacing(
      "seeds: 2\n", with: "seeds: 2\nsearch: {strategy: random, trials: 3}\n")
    let spec = try specification(searched)
    var known: [String: RunOutcome] = [:]
    let plan = try plan(spec)
    for _ in 0..<2 {
      for run in try plan.runs(outcome: { known[$0] }) {
        var record = fakeRecord(run.configuration)
        // Draws differ by less than seeds do.
        let auc = 0.7 + 0.001 * Double(run.trial) + 0.1 * Double(run.configuration.seed)
        let cell = MetricCell(rows: 149, positives: 3, values: [.auc: auc, .copc: 1])
        record.validation = MetricGrid(
          tasks: ["click", "buy"], scenarios: ["NL", "FR_2"],
          cells: [[cell, cell], [cell, cell]],
          pooled: [cell, cell])
        record.course.bestStep = record.course.steps
        record.configuration.training["monitor"] = .string("auc/buy")
        record.configuration = run.configuration
        known[run.id] = .done(record)
      }
    }
    let lines = try plan.runs { known[$0] }.compactMap { run in
      known[run.id].map {
        Results.Line(of: run, outcome: $0)
      }
    }
    let table = try #require(
      try Report.make(
        specification: spec, results: Results(lines: lines), catalog: toyCatalog
      ).text("table.md"))
    #expect(table.contains("Alpha: draw 2 was chosen with a lead of 0.0010 over draw 1"))
    #expect(
      table.contains(
        "Some runs had their best weights at the last evaluation, so more epochs may give more: "
          + "Alpha (2 of 2), Beta² (2 of 2)."))
    #expect(
      table.contains(
        "4 of the 4 cells of validation auc/macro rest on fewer than 50 rows of one class "
          + "(least: click in NL, 3 positive of 149 rows)"))
  }

  @Test func linesAreWrittenAgainAsTheyWereRead() throws {
    let folder = FixtureFolder.path("experiments/golden")
    let text = try String(contentsOfFile: folder + "/runs.jsonl", encoding: .utf8)
    let spaced = text.replacing("\"purpose\":", with: " \"purpose\" : ")
    for text in [text, spaced] {
      #expect(try Results(jsonLines: text, file: "runs.jsonl").jsonLines == text)
    }
    var results = try Results(jsonLines: spaced, file: "runs.jsonl")
    results.lines[0].outcome = results.lines[0].outcome
    #expect(results.jsonLines != spaced)
  }

  @Test func aModelMayNotBeLabeledLikeTheCeilings() throws {
    for label in ["best reachable", " best reachable", "Beta² "] {
      let yaml = Self.yaml.replacing("{id: alpha}", with: "{id: alpha, label: \"\(label)\"}")
        .replacing("reference: Alpha\n", with: "").replacing("reference: Alpha", with: "")
      let error = #expect(throws: Diagnostic.self) { try specification(yaml) }
      #expect(error?.description.contains("best reachable") == !label.hasPrefix("Beta"))
    }
  }
}
