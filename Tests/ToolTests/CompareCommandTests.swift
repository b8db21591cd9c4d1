import Experiments
import Foundation
import TestKit
import Testing
import Training

@Suite struct CompareCommandTests {
  private static let results = DataFolder.packageRoot.appending(path: "results").path

  private func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func rowsOfATableAreCompared() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool("compare PLE MMoE --from \(Self.results)/quickstart")
      #expect(outcome.status == 0)
      for part in [
        "paired by seed: 1, 2, 3", "auc/ctr: tie: PLE - MMoE = -0.0032",
        "The cheaper is MMoE: 481802 parameters against 632828", "Not covered: seeds vary",
        "With 3 seeds neither can fall below 0.500 after correction",
      ] {
        #expect(outcome.output.contains(part), "\(part)")
      }
      // Models are found by their ids too.
      let other = try workshop.tool("compare ple mmoe --from \(Self.results)/quickstart --json")
      let rows = try #require(try json(other.output)["rows"] as? [[String: Any]])
      #expect(rows.map { $0["name"] as? String } == ["auc/ctr", "auc/ctcvr"])
      #expect(rows.map { $0["outcome"] as? String } == ["tie", "tie"])
      #expect((rows[0]["differences"] as? [Double])?.count == 3)
    }
  }

  @Test func scenariosAndMetricsAreChosen() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool(
        "compare PLE MMoE --from \(Self.results)/quickstart --by scenario --metric logLoss")
      #expect(outcome.status == 0 && outcome.output.contains("\nlogLoss/ctcvr/US "))
      #expect(outcome.output.contains("Of 10 cells, PLE is better in"))
      #expect(outcome.output.contains("Over the 10 cells of logLoss"))
      #expect(outcome.output.contains("cells are taken to be independent"))
      #expect(outcome.output.contains("Holm-corrected over the 12 rows"))
      let one = try workshop.tool(
        "compare PLE MMoE --from \(Self.results)/quickstart --metric auc/ctr/pooled")
      #expect(one.output.contains("\nauc/ctr/pooled ") && !one.output.contains("ctcvr"))
      // A number that is asked for twice is one row.
      let twice = try workshop.tool(
        "compare PLE MMoE --from \(Self.results)/quickstart --metric auc --metric auc/ctr --json")
      let rows = try #require(try json(twice.output)["rows"] as? [[String: Any]])
      #expect(rows.map { $0["name"] as? String } == ["auc/ctr", "auc/ctcvr"])
      let missing = try workshop.tool(
        "compare PLE MMoE --from \(Self.results)/quickstart --metric map")
      #expect(missing.status == 64 && missing.error.contains("unknown metric 'map'"))
    }
  }

  /// Writes results of the quick start as if they were of one task and many scenarios, with AUCs that
  /// depend on the seed, and grouped AUCs that are undefined.
  private func write(scenarios count: Int, to name: String, in workshop: Workshop) throws {
    let results = try Results(contentsOf: "\(Self.results)/quickstart/runs.jsonl")
    let lines = try results.lines.map { line in
      var (line, record) = (line, try #require(line.outcome.record))
      let auc = 0.7 + (line.row == "PLE" ? 0.001 : 0.002) * Double(line.seed % 3)
      let cell = MetricCell(rows: 100, positives: 20, values: [.auc: auc, .gauc: nil])
      record.test = MetricGrid(
        tasks: ["ctr"], scenarios: (0..<count).map { "s\($0)" },
        cells: [[MetricCell](repeating: cell, count: count)], pooled: [cell])
      (record.validation, record.ceilings) = (record.test, nil)
      line.outcome = .done(record)
      return line
    }
    try workshop.write(Results(lines: lines).jsonLines, to: name)
  }

  @Test func undefinedNumbersAreLeftOut() throws {
    try Workshop.with { workshop throws in
      try write(scenarios: 2, to: "few.jsonl", in: workshop)
      let some = try workshop.tool(
        "compare PLE MMoE --from few.jsonl --metric auc --metric gauc --json")
      #expect(try json(some.output)["leftOut"] as? [String] == ["gauc/ctr"], "\(some.error)")
      let none = try workshop.tool("compare PLE MMoE --from few.jsonl --metric gauc")
      #expect(none.status == 1 && none.error.contains("nothing can be compared"))
    }
  }

  @Test func veryManyCellsAreNotSummedUp() throws {
    try Workshop.with { workshop throws in
      try write(scenarios: 301, to: "many.jsonl", in: workshop)
      let many = try workshop.tool("compare PLE MMoE --from many.jsonl --by scenario")
      #expect(many.status == 0 && many.output.contains("Of 301 cells"), "\(many.error)")
      #expect(!many.output.contains("Over the 301 cells"))
    }
  }

  @Test func theDataAddTheErrorOfTheTestRows() throws {
    try Workshop.with { workshop throws in
      #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
      let outcome = try workshop.tool(
        "compare AESM² Shared-Bottom --spec experiment.yaml --data data --by scenario --json "
          + "--replicates 100")
      #expect(outcome.status == 0, "\(outcome.error)")
      let rows = try #require(try json(outcome.output)["rows"] as? [[String: Any]])
      #expect(rows.count == 6)
      for row in rows {
        let other = try #require(row["otherRows"] as? [String: Any])
        let (found, recorded) = (other["difference"] as? Double, row["difference"] as? Double)
        // Predicted again, the models have the AUCs of their records.
        #expect(abs((found ?? .nan) - (recorded ?? .nan)) < 1e-9)
        #expect((other["byGroup"] as? [Double])?.count == 2)
      }
      let text = try workshop.tool(
        "compare AESM² Shared-Bottom --spec experiment.yaml --data data --replicates 100")
      #expect(text.output.contains("p, DeLong") && text.output.contains("by group 95 %"))
      // A run folder on each side.
      let folders = try RunCollection(contentsOf: [workshop["runs"].path]).runs
      func folder(_ model: String) throws -> String {
        let run = try #require(
          folders.first { $0.configuration.model == model && $0.configuration.seed == 1 })
        return "runs/\(run.id)"
      }
      let (first, second) = (try folder("aesm2"), try folder("shared-bottom"))
      let compared = try workshop.tool("compare \(first) \(second) --data data --replicates 100")
      #expect(compared.status == 0, "\(compared.error)")
      #expect(compared.output.contains("A: \(first)\nB: \(second)\ntest split, seed 1\n"))
      #expect(compared.output.contains("no verdict: one seed"))
      #expect(compared.output.contains("No row has a p-value"))
      #expect(compared.output.contains("by group 95 %"))
      let same = try workshop.tool("compare \(first) \(first)")
      #expect(same.status == 1 && same.error.contains("are the same runs"))
      let records = try workshop.tool(
        "compare ple mmoe --from \(Self.results)/quickstart --data data")
      #expect(records.status == 1 && records.error.contains("known by its record only"))
    }
  }

  @Test func onlyRowsThatCanBePairedAreCompared() throws {
    try Workshop.with { workshop throws in
      let missing = try workshop.tool(
        "compare row=PLE,seed<3 MMoE --from \(Self.results)/quickstart")
      #expect(missing.status == 1 && missing.error.contains("has no run of seed 3"))
      let mixed = try workshop.tool(
        "compare row=PLE row=MMoE --from \(Self.results)/kuairand-pure")
      #expect(mixed.status == 1 && mixed.error.contains("mixes runs with"))
      let left = try workshop.tool(
        "compare PLE MMoE --from \(Self.results)/quickstart --where seed!=3")
      #expect(left.status == 0 && left.output.contains("paired by seed: 1, 2"))
    }
  }
}
