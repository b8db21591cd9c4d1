import Configuration
import ExperimentsTestKit
import Foundation
import Reporting
import TestKit
import Testing
import Training

// Internal: scores of trials.
@testable import Experiments

@Suite struct CostSelectionTests {
  private func scores(_ values: [(value: Double, cost: Double)]) -> [Int: TrialScore] {
    Dictionary(
      uniqueKeysWithValues: values.enumerated().map {
        ($0, TrialScore(value: $1.value, cost: $1.cost))
      })
  }

  private func chosen(_ selection: Selection, among scores: [Int: TrialScore]) throws -> Int? {
    let row = try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]\nsearch: {strategy: random, trials: 4}"
    ).rows[0]
    return selection.choice(for: row, among: scores)?.trial
  }

  @Test func theCheapestWithinTheToleranceIsChosen() throws {
    let scores = scores([(0.7, 10), (0.71, 90), (0.7096, 50), (0.7094, 20), (0.7096, 20)])
    var selection = Selection()
    #expect(try chosen(selection, among: scores) == 1)
    (selection.cost, selection.tolerance) = (.parameters, 0.0005)
    #expect(try chosen(selection, among: scores) == 4)
    selection.tolerance = 0.01 + 1e-12
    #expect(try chosen(selection, among: scores) == 0)
    selection.tolerance = 0
    #expect(try chosen(selection, among: scores) == 1)
  }

  @Test func lessIsBetterForALoss() throws {
    var selection = Selection()
    selection.metric = MetricName(.logLoss, .macro)
    (selection.cost, selection.tolerance) = (.parameters, 0.01)
    let scores = scores([(0.5, 10), (0.4, 90), (0.405, 20)])
    #expect(try chosen(selection, among: scores) == 2)
    #expect(selection.undominated(scores).map(\.trial) == [0, 2, 1])
  }

  @Test func theUndominatedTrialsAreThoseThatNoOtherBeatsInBoth() {
    var state: UInt64 = 7
    func draw() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double((state >> 33) % 12)
    }
    for _ in 0..<50 {
      let values = (0..<15).map { _ in (value: draw(), cost: draw()) }
      let naive = values.indices.filter { own in
        !values.contains {
          $0.value >= values[own].value && $0.cost <= values[own].cost
            && ($0.value > values[own].value || $0.cost < values[own].cost)
        }
      }
      #expect(Selection().undominated(scores(values)).map(\.trial).sorted() == naive)
    }
  }

  @Test func aReportListsTheUndominatedTrials() throws {
    let yaml = """
      id: a
      dataset: {cache: c}
      models: [{id: alpha}]
      search: {strategy: grid, model: {width: [4, 8, 16, 32]}}
      """
    func table(_ selection: String) throws -> (text: String, chosen: [Int]) {
      let spec = try specification(yaml + selection)
      let plan = try plan(spec)
      var known: [String: RunOutcome] = [:]
      // Scores rise with the width, but fall at 16.
      func record(_ run: Plan.Run) -> RunRecord {
        var record = fakeRecord(run.configuration)
        let cell = MetricCell(
          rows: 100, positives: 20,
          values: [
            .auc: [4000: 0.7, 8000: 0.71, 16000: 0.69, 32000: 0.7104][record.parameterCount]
          ])
        record.validation = MetricGrid(
          tasks: record.test.tasks, scenarios: record.test.scenarios,
          cells: [[cell, cell], [cell, cell]], pooled: [cell, cell])
        return record
      }
      for run in try plan.runs(outcome: { _ in nil }) { known[run.id] = .done(record(run)) }
      let runs = try plan.runs { known[$0] }
      let lines = runs.map { Results.Line(of: $0, outcome: .done(record($0))) }
      let report = try Report.make(
        specification: spec, results: Results(lines: lines), catalog: toyCatalog)
      return (
        try #require(report.text("table.md")),
        runs.filter { $0.purpose == .result }.map(\.trial)
      )
    }
    let plain = try table("")
    #expect(!plain.text.contains("Quality and cost") && plain.chosen == [3])
    let front = try table("\nselection: {against: parameters}")
    #expect(front.chosen == [3])
    #expect(front.text.contains("## Quality and cost of trials"))
    for line in [
      "| Alpha | 0 | 0.7000 | 4000 |", "| Alpha | 1 | 0.7100 | 8000 |",
      "| Alpha | 3 | 0.7104 | 32000 | yes |",
    ] { #expect(front.text.contains(line)) }
    #expect(!front.text.contains("| Alpha | 2 |"))
    let cheap = try table("\nselection: {against: parameters, within: 0.0005}")
    #expect(cheap.chosen == [1])
    #expect(
      cheap.text.contains(
        "Settings were chosen by best-validation: the fewest parameters of the trials within 0.0005 "
          + "of the highest auc/macro on the validation split"))
  }

  @Test(arguments: [
    ("against: flops", "selection.against: unknown cost 'flops' (known: parameters, seconds)"),
    (
      "within: 0.1", "selection.within: chooses the cheapest trial, so it needs against: parameters"
    ),
    ("against: seconds, within: 0.1", "a choice by measured time could not be repeated"),
    ("against: parameters, within: -1", "within: must not be negative"),
  ])
  func refusesWithASentence(selection: String, message: String) {
    let error = #expect(throws: Diagnostic.self) {
      try specification(
        "id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]\nselection: {\(selection)}")
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
