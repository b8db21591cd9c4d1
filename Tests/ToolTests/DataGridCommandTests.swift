import Foundation
import Testing

/// Experiments that vary their data, from the command line.
@Suite struct DataGridCommandTests {
  private static let specification = """
    id: grid
    dataset:
      cache: caches
      synthetic:
        recipe: many-scenarios
        rows: 3000
        settings: {scenarioCount: 2, groupCount: 1, groupStrength: 0}
      vary:
        - {scenarioStrength: [0, 1]}
    models:
      - id: shared-bottom
      - id: logistic-regression
    training: {batchSize: 256, epochs: 1}
    seeds: 2
    metrics: [auc]
    reference: Shared-Bottom
    """

  @Test func aSweepTrainsOnEveryDataSetOnceAndItsReportIsRebuiltFromRecords() throws {
    try Workshop.with { workshop throws in
      try workshop.write(Self.specification, to: "grid.yaml")
      let sweep = try workshop.tool("sweep grid.yaml --jobs 2")
      #expect(sweep.status == 0, "\(sweep.error)")
      #expect(sweep.error.contains("data set scenarioStrength=0\n"))
      #expect(sweep.output.contains("auc/ctr: Shared-Bottom is better than Logistic regression on"))
      #expect(sweep.output.contains("of 2 data sets"))
      let caches = try FileManager.default.contentsOfDirectory(atPath: workshop["caches"].path)
      #expect(
        caches.filter { !$0.hasPrefix(".") }.sorted() == [
          "scenarioStrength=0", "scenarioStrength=1",
        ])

      let again = try workshop.tool("sweep grid.yaml")
      #expect(again.status == 0, "\(again.error)")
      #expect(!again.error.contains("started"))
      #expect(again.output == sweep.output)

      let status = try workshop.tool("status grid.yaml")
      #expect(status.output.split(separator: "\n").count { $0 == "4 of 4 runs done" } == 2)

      #expect(try workshop.tool("report grid.yaml --output results --figures").status == 0)
      let check = try workshop.tool(
        "report grid.yaml --records results/runs.jsonl --figures --check results")
      #expect(check.status == 0, "\(check.error)")
      let export = try workshop.tool("runs export --spec grid.yaml --format bundle --to all.tar")
      #expect(export.status == 0, "\(export.error)")
      #expect(try workshop.tool("runs import all.tar --store new --results all").status == 0)
      #expect(
        try String(contentsOf: workshop["all/runs.jsonl"], encoding: .utf8)
          == String(contentsOf: workshop["results/runs.jsonl"], encoding: .utf8))
      let page = try workshop.tool(
        "report grid.yaml --records results/runs.jsonl --html page.html")
      #expect(page.status == 0, "\(page.error)")
      #expect(try String(contentsOf: workshop["page.html"], encoding: .utf8).contains("<svg"))
    }
  }

  @Test func workersShareTheRunsOfAllDataSets() throws {
    try Workshop.with { workshop throws in
      try workshop.write(Self.specification, to: "grid.yaml")
      let work = try workshop.tool("work grid.yaml --jobs 2")
      #expect(work.status == 0, "\(work.error)")
      #expect(work.output == "8 runs of 8 done by this process\n")
    }
  }

  @Test func whatWorksOnOneDataSetSaysSo() throws {
    try Workshop.with { workshop throws in
      try workshop.write(Self.specification, to: "grid.yaml")
      let watch = try workshop.tool("report grid.yaml --watch --output results")
      #expect(watch.status == 1)
      #expect(
        watch.error.contains(
          "grid.yaml: varies its data in 2 data sets, but this works on one only"))
      let commands = try workshop.tool("sweep grid.yaml --launcher commands")
      #expect(commands.status == 1)
      #expect(
        commands.error.contains(
          "varies its data, which only the launcher 'local' can do, not 'commands'"))
    }
  }
}
