import Configuration
import Experiments
import ExperimentsTestKit
import Foundation
import Reporting
import TestKit
import Testing

@Suite struct SemanticsTests {
  @Test func committedRecordsKeepTheIDsThatFollowFromTheirConfigurations() throws {
    let results = DataFolder.packageRoot.appendingPathComponent("results")
    var counts: [Int: Int] = [:]
    for folder in try FileManager.default.contentsOfDirectory(atPath: results.path).sorted() {
      let file = results.appendingPathComponent(folder).appendingPathComponent("runs.jsonl")
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let run = try #require(try ConfigurationValue(json: String(line))["run"])
        let configuration = try RunConfiguration(try #require(run["configuration"]))
        #expect(run["id"] == .string(configuration.id), "\(folder)")
        counts[configuration.semantics, default: 0] += 1
      }
    }
    #expect(counts[1] == 160 && counts.keys.allSatisfy { $0 <= 2 })
  }

  @Test func theSameConfigurationOfOtherSemanticsIsAnotherRun() throws {
    let new = RunConfiguration(model: "alpha", settings: [:], training: [:], dataset: "d", seed: 1)
    var old = new
    old.semantics = 1
    #expect(new.semantics == 2)
    #expect(old.id != new.id && old != new)
    #expect(try RunConfiguration(old.value) == old)
  }

  @Test func runsOfEarlierSemanticsAreNamedButDoNotFillAPlan() throws {
    try withTemporaryFolder { folder in
      let store = RunStore(at: folder.path)
      let plan = try plan(specification("id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]"))
      #expect(store.noteOnEarlierRuns() == nil)
      for run in try plan.runs(outcome: { _ in nil }) {
        var old = run.configuration
        old.semantics = 1
        _ = try store.prepare(old)
        #expect(store.state(run.id) == .absent)
      }
      #expect(try #require(store.noteOnEarlierRuns()).contains("of other semantics than 2"))
      let display = RecordingDisplay()
      let summary = try SweepRunner(
        plan: plan, store: store, launcher: InProcessLauncher(executor: FakeExecutor()),
        display: display
      ).run()
      #expect(summary.isComplete)
      #expect(display.lines.withLock { $0.first }?.contains("of other semantics than 2") == true)
      for run in try plan.runs(outcome: { _ in nil }) { #expect(store.state(run.id) == .done) }
    }
  }

  @Test func aRunOfEarlierSemanticsIsNotContinued() throws {
    var old = RunConfiguration(model: "alpha", settings: [:], training: [:], dataset: "d", seed: 1)
    #expect(throws: Never.self) { try old.checkSemanticsAreCurrent() }
    old.semantics = 1
    let error = #expect(throws: Diagnostic.self) { try old.checkSemanticsAreCurrent() }
    #expect(
      error?.description.contains("semantics 1, but this version computes with semantics 2")
        == true)
  }

  @Test func runsOfDifferentSemanticsAreNotPutIntoOneTable() throws {
    let specification = try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]\nseeds: 2")
    let lines = try plan(specification).runs { _ in nil }.enumerated().map { index, run in
      var configuration = run.configuration
      configuration.semantics = 1 + index
      return Results.Line(of: run, outcome: .done(fakeRecord(configuration)))
    }
    let error = #expect(throws: Diagnostic.self) {
      try Report.make(
        specification: specification, results: Results(lines: lines), catalog: toyCatalog)
    }
    #expect(error?.description.contains("the results have semantics 1 and 2") == true)
  }
}
