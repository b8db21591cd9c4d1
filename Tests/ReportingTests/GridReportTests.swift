import Configuration
import Experiments
import ExperimentsTestKit
import Foundation
import TestKit
import Testing
import Training

// Internal: GridContent.
@testable import Reporting

/// Reports of experiments that vary their data, from fake runs.
@Suite struct GridReportTests {
  private func spec(_ vary: String, reference: String = "reference: Alpha") throws
    -> ExperimentSpecification
  {
    try specification(
      """
      id: grid
      title: Grid
      dataset:
        cache: caches
        synthetic: {recipe: many-scenarios, rows: 5000}
        vary: \(vary)
      models: [{id: alpha}, {id: beta, label: Beta}]
      seeds: 4
      metrics: [auc]
      \(reference)
      """)
  }

  private func results(_ spec: ExperimentSpecification) throws -> Results {
    Results(
      lines: try spec.parts.flatMap { cell, part in
        let plan = try Plan(
          part, catalog: toyCatalog, training: toyTraining, dataset: "data of \(cell ?? "")")
        return try plan.runs(outcome: { _ in nil }).map { run in
          Results.Line(
            row: run.row, purpose: run.purpose, trial: run.trial, cell: cell,
            outcome: .done(fakeRecord(run.configuration)))
        }
      })
  }

  private func content(_ spec: ExperimentSpecification, _ results: Results) throws -> GridContent {
    try GridContent(
      spec, grid: try #require(spec.grid), results: results, catalog: toyCatalog)
  }

  @Test func advantagesAreReferenceMinusRowPairedBySeed() throws {
    let spec = try spec("[{rows: [1000, 2000]}]")
    let results = try results(spec)
    let name = MetricName(.auc, .task("click"))
    let found = try content(spec, results).advantages(name)
    #expect(found.map(\.cell) == [0, 1])
    #expect(found.map(\.rival) == ["Beta", "Beta"])
    func values(_ row: String) throws -> [Double] {
      try results.lines.filter { $0.row == row && $0.cell == "rows=2000" }
        .sorted { $0.seed < $1.seed }.compactMap { try $0.outcome.record?.test.value(name) }
    }
    let wanted = PairedComparison(try values("Alpha"), reference: try values("Beta"))
    #expect(found[1].comparison == wanted)
    #expect(wanted?.difference.count == 4)
    let corrected = holmCorrected(found.map { $0.comparison?.probability })
    #expect(found.map(\.probability) == corrected)
  }

  @Test func theReportIsRebuiltFromItsRecordsByteForByte() throws {
    let folder = try TemporaryFolder()
    let spec = try spec("[{scenarioStrength: [0, 1]}, {rows: [1000, 2000]}]")
    let report = try Report.make(
      specification: spec, results: results(spec), catalog: toyCatalog, figures: true)
    try report.write(to: folder["report"].path)
    let read = try Results(contentsOf: folder["report/runs.jsonl"].path)
    let again = try Report.make(
      specification: spec, results: read, catalog: toyCatalog, figures: true)
    #expect(again.differences(from: folder["report"].path) == [])
    #expect(
      report.files.map(\.name).filter { $0.hasSuffix(".svg") } == [
        "advantage-auc-click-beta.svg", "advantage-auc-buy-beta.svg",
      ])
  }

  @Test func tablesHaveALineForEveryDataSetAndTheBestReachableValue() throws {
    let spec = try spec("[{scenarioStrength: [0, 1]}, {rows: [1000, 2000]}]")
    let report = try Report.make(
      specification: spec, results: results(spec), catalog: toyCatalog)
    let table = try #require(report.text("table.md"))
    #expect(table.contains("| scenarioStrength | rows | Alpha | Beta | best reachable |"))
    #expect(table.split(separator: "\n").count { $0.hasPrefix("| 1 | 2000 |") } == 4)
    #expect(table.contains("auc/click: Alpha is better than Beta on "))
    #expect(table.contains("of 4 data sets (paired t-tests, Holm over 4 comparisons)."))
    let csv = try #require(report.text("table.csv")).split(separator: "\n")
    #expect(csv.count == 1 + 2 * 4 * 2)
    #expect(csv[0].hasPrefix("scenarioStrength,rows,row,model,metric,task,mean,"))
  }

  @Test func dataThatDifferInTheirSeedOnlyHaveASpread() throws {
    func table(_ vary: String) throws -> String {
      let spec = try spec(vary)
      return try #require(
        try Report.make(specification: spec, results: results(spec), catalog: toyCatalog)
          .text("table.md"))
    }
    let seeds = try spec("[{seed: [1, 2, 3]}]")
    let name = MetricName(.auc, .task("click"))
    let means = try content(seeds, results(seeds)).cells.compactMap { cell in
      Summary(try #require(cell.content.rows.first { $0.label == "Beta" }).values(name))?.mean
    }
    let summary = try #require(Summary(means))
    let interval = try #require(summary.deviationInterval(0.95))
    func text(_ value: Double?) -> String { value.map { fixed($0, digits: 5) } ?? "" }
    let found = try table("[{seed: [1, 2, 3]}]")
    #expect(found.contains("### auc/click: spread over data sets"))
    #expect(
      found.contains(
        "| Beta | 3 | \(text(summary.mean)) | \(text(summary.deviation)) | "
          + "\(text(interval.lowerBound)) to \(text(interval.upperBound)) |"))
    #expect(!(try table("[{seed: [1, 2]}, {rows: [1000, 2000]}]").contains("spread over data")))
  }

  @Test func missingRunsAreMarked() throws {
    let spec = try spec("[{rows: [1000, 2000]}]")
    var results = try results(spec)
    results.lines.removeAll { $0.cell == "rows=1000" }
    results.lines.removeAll { $0.row == "Beta" && $0.seed == 3 }
    let table = try #require(
      try Report.make(specification: spec, results: results, catalog: toyCatalog)
        .text("table.md"))
    #expect(table.contains("| 1000 | — | — |"))
    #expect(table.contains("(n = 3)"))
    #expect(table.contains("not tested on 1"))
  }

  @Test func withoutAReferenceThereAreValuesOnly() throws {
    let spec = try spec("[{rows: [1000, 2000]}]", reference: "")
    let report = try Report.make(
      specification: spec, results: results(spec), catalog: toyCatalog, figures: true)
    #expect(report.files.count == 5)
    #expect(try #require(report.text("table.md")).contains("minus") == false)
  }

  @Test func oneAxisGivesOneMapWithIntervals() throws {
    let spec = try spec("[{rows: [1000, 2000], seed: [1, 2]}]")
    let content = try content(spec, results(spec))
    let name = MetricName(.auc, .task("click"))
    let maps = content.maps(name, try content.advantages(name))
    #expect(maps.map(\.name) == ["advantage-auc-click"])
    #expect(maps[0].drawing.svg.contains(" … "))
    #expect(maps[0].csv.hasPrefix("model,\"rows, seed\",value,detail\nBeta,\"1000, 1\","))
  }

  @Test func mapsNameAllSettingsThatVaryTogether() throws {
    let spec = try spec(
      "[{scenarioStrength: [0, 1], sharedStrength: [0.9, 0.5]}, {rows: [1000, 2000]}]")
    let content = try content(spec, results(spec))
    let name = MetricName(.auc, .task("click"))
    let map = try #require(content.maps(name, try content.advantages(name)).first)
    let lines = map.csv.split(separator: "\n")
    #expect(lines[0] == "\"scenarioStrength, sharedStrength\",rows,value,detail")
    #expect(lines.dropFirst().map { $0.prefix(14) }.first == "\"0, 0.9\",1000,")
    #expect(lines[3].hasPrefix("\"1, 0.5\",1000,"))
  }

  @Test func runsOfAnUnknownDataSetAreRefused() throws {
    let spec = try spec("[{rows: [1000, 2000]}]")
    var results = try results(spec)
    results.lines[0].cell = "rows=100"
    #expect(
      message { _ = try content(spec, results) }
        == "unknown data set in the results 'rows=100'; did you mean 'rows=1000'? (known: "
        + "rows=1000, rows=2000)")
    results.lines[0].cell = nil
    #expect(
      message { _ = try content(spec, results) }
        == "a run in the results does not name its data set, of which there are several")
  }

  @Test func runsOfTwoDataSetsInOneCellAreRefusedWithTheCell() throws {
    let spec = try spec("[{rows: [1000, 2000]}]")
    var results = try results(spec)
    for index in results.lines.indices { results.lines[index].cell = "rows=1000" }
    #expect(
      message { _ = try content(spec, results) }
        == "rows=1000: the results are of 2 data sets, not of one")
  }
}
