import Configuration
import Foundation
import Ranking
import Testing

@Suite struct HeadsCommandTests {
  private func heads(_ arguments: String) throws -> ToolBinary.Outcome {
    try ToolBinary.run(
      ["heads"] + arguments.split(separator: " ").map(String.init),
      in: FileManager.default.temporaryDirectory, environment: ["COLUMNS": "70"])
  }

  @Test func listsTheCatalogInItsOrder() throws {
    let outcome = try heads("")
    #expect(outcome.status == 0 && outcome.error.isEmpty)
    let ids = outcome.output.split(separator: "\n").filter {
      !$0.hasPrefix(" ") && !$0.contains(" ")
    }
    #expect(ids.starts(with: ["independent", "esmm", "aitm"]))
  }

  @Test func describesSettingsPaperAndDeviations() throws {
    let text = try heads("aitm").output
    #expect(text.contains("calibratorWeight = 0.6") && text.contains("KDD 2021"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 70 })
    let value = try ConfigurationValue(json: try heads("esmm --json").output)
    #expect(value["id"] == .string("esmm") && value["settings"] == .list([]))
  }

  @Test func anUnknownNameIsAnsweredWithTheNearest() throws {
    let outcome = try heads("esm")
    #expect(outcome.status == 64 && outcome.error.contains("did you mean 'esmm'?"))
  }

  @Test func trainingNeedsATaskThatFollowsAnother() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.failure(
          "train --data data --model mmoe --set head=esmm --run-dir new")
          == "1 aesm2: head is esmm, which needs a task that follows another, but none of 'click', "
          + "'buy' does; a schema says so by 'follows'")
      #expect(
        try workshop.failure("train --data data --model mmoe --set head=esm --run-dir new")
          == "64 aesm2: head: unknown value 'esm'; did you mean 'esmm'? (known: independent, esmm, "
          + "aitm, escm2-ips, escm2-dr, dcmt)")
    }
  }

  /// The name of a row is its setting; the default, written out or not, is the same run.
  @Test func tablesShowHeads() throws {
    try Workshop.with { workshop throws in
      try workshop.replace(
        "tasks: [click, buy]", with: "tasks: [click, {name: buy, follows: click}]",
        in: "schema.yaml")
      #expect(try workshop.tool("data import schema.yaml --files files --output data").status == 0)
      try workshop.write(
        """
        id: heads
        dataset: {cache: data}
        models:
          - {id: shared-bottom, label: written, settings: {head: independent}}
          - {id: shared-bottom, label: unwritten}
          - {id: shared-bottom, label: ESMM, settings: {head: esmm}}
          - id: shared-bottom
            label: AITM
            settings: {head: {id: aitm, calibratorWeight: 0.6}}
          - id: shared-bottom
            label: searched
            search: {strategy: grid, model: {head: [independent, {id: aitm, calibratorWeight: 0.1}]}}
        settings: {embeddingSize: 4}
        training: {epochs: 1, batchSize: 64}
        budgetNote: One row looks for its head.
        seeds: 1
        metrics: [auc]

        """, to: "heads.yaml")
      let sweep = try workshop.tool("sweep heads.yaml --jobs 1 --store runs")
      #expect(sweep.status == 0, "\(sweep.error)")
      let report = try workshop.tool("report heads.yaml --store runs --output table")
      #expect(report.status == 0, "\(report.error)")
      let table = try String(contentsOf: workshop["table/table.md"], encoding: .utf8)
      #expect(table.contains("head = esmm") && table.contains("head = aitm"))
      let again = try workshop.tool("report heads.yaml --records table/runs.jsonl --check table")
      #expect(again.status == 0, "\(again.error)")
    }
  }
}
