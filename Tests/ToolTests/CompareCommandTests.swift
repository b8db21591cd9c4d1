import Foundation
import TestKit
import Testing

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
        "With 3 seeds neither can fall below 0.250",
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
      #expect(outcome.output.contains("Holm-corrected over the 12 rows"))
      let one = try workshop.tool(
        "compare PLE MMoE --from \(Self.results)/quickstart --metric auc/ctr/pooled")
      #expect(one.output.contains("\nauc/ctr/pooled ") && !one.output.contains("ctcvr"))
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
      let names = try FileManager.default.contentsOfDirectory(atPath: workshop["runs"].path)
      let folders = try workshop.tool("compare runs/\(names[0]) run")
      #expect(folders.status == 1)
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
