import Configuration
import Experiments
import ExperimentsTestKit
import Reporting
import TestKit
import Testing
import Training

@Suite("What joint training costs")
struct SeesawTests {
  private static let yaml = """
    id: toy
    title: Seesaw
    dataset: {cache: nowhere}
    models:
      - {id: alpha, label: Alone}
      - {id: beta, label: Joint}
    seeds: 3
    metrics: [auc]
    seesaw: Alone
    """

  /// The report of runs whose AUCs in two tasks and two scenarios `values` gives by row and seed.
  private func report(of yaml: String = yaml, _ values: (String, Int) -> [[Double]]) throws
    -> Report
  {
    let spec = try specification(yaml)
    let lines = try plan(spec).runs { _ in nil }.map { run in
      var record = fakeRecord(run.configuration)
      func cell(_ value: Double) -> MetricCell {
        MetricCell(rows: 100, positives: 20, values: [.auc: value])
      }
      let cells = values(run.row, run.configuration.seed).map { $0.map(cell) }
      record.test = MetricGrid(
        tasks: ["click", "buy"], scenarios: ["A", "B"], cells: cells, pooled: cells.map { $0[0] })
      (record.validation, record.ceilings) = (record.test, nil)
      return Results.Line(of: run, outcome: .done(record))
    }
    return try Report.make(
      specification: spec, results: Results(lines: lines), catalog: toyCatalog, figures: true)
  }

  /// Joint training gains .02 and a little noise in one cell, .01 in another, loses .03 in a third, and leaves the
  /// last as it is.
  private func values(_ row: String, _ seed: Int) -> [[Double]] {
    guard row == "Joint" else { return [[0.7, 0.7], [0.7, 0.7]] }
    let noise = 0.0001 * Double(seed - 2)
    return [[0.72 + noise, 0.71 + 100 * noise], [0.67 + noise, 0.7]]
  }

  @Test func gainsAndLossesAreCounted() throws {
    let table = try #require(try report(values).text("table.md"))
    #expect(table.contains("## What joint training gains and costs"))
    // Sure are the cells whose seeds agree to .0001; the mean of .02, .01, -.03 and 0 is 0.
    let line = try #require(table.split(separator: "\n").first { $0.contains("buy / A)") })
    #expect(line.hasPrefix("| Joint | 2 (1) | 1 (1) |"), "\(line)")
    #expect(line.contains("| +0.0200 (click / A) | -0.0300 (buy / A) |"), "\(line)")
  }

  @Test func theHeatMapHasEveryCell() throws {
    let data = try #require(try report(values).text("seesaw-auc.csv"))
    let lines = data.split(separator: "\n")
    #expect(lines.count == 5 && lines[0] == "model,cell,value", "\(data)")
    #expect(lines[3].hasPrefix("Joint,buy / A,-0.03"), "\(data)")
  }

  @Test func aSmallerLossIsAGain() throws {
    let spec = try specification(Self.yaml.replacing("[auc]", with: "[logLoss]"))
    let lines = try plan(spec).runs { _ in nil }.map { run in
      var record = fakeRecord(run.configuration)
      let values = run.row == "Joint" ? [0.4, 0.6] : [0.5, 0.5]
      let cells = values.map { MetricCell(rows: 100, positives: 20, values: [.logLoss: $0]) }
      record.test = MetricGrid(
        tasks: ["click"], scenarios: ["A", "B"], cells: [cells], pooled: [cells[0]])
      (record.validation, record.ceilings) = (record.test, nil)
      return Results.Line(of: run, outcome: .done(record))
    }
    let table = try #require(
      try Report.make(
        specification: spec, results: Results(lines: lines), catalog: toyCatalog
      ).text("table.md"))
    #expect(table.contains("| +0.1000 (click / A) | -0.1000 (click / B) |"), "\(table)")
  }

  @Test func withoutTheKeyThereIsNoSection() throws {
    let report = try report(of: Self.yaml.replacing("\nseesaw: Alone", with: ""), values)
    #expect(report.text("table.md")?.contains("joint training") == false)
    #expect(report.text("seesaw-auc.svg") == nil)
  }

  @Test func anUnknownRowIsRefused() throws {
    #expect {
      try specification(Self.yaml.replacing("seesaw: Alone", with: "seesaw: Alon"))
    } throws: {
      "\($0)".contains("unknown row 'Alon'") && "\($0)".contains("Alone")
    }
  }
}
