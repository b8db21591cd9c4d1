import Foundation
import TestKit
import Testing

@Suite struct RunsCommandTests {
  private static let results = DataFolder.packageRoot.appending(path: "results").path

  @Test func pipesGetTabsAndWindowsTables() throws {
    try Workshop.with { workshop throws in
      let command = "runs list --from \(Self.results)/quickstart"
      let lines = try workshop.tool(command).output.split(separator: "\n")
      #expect(lines.count == 13)
      let heading = lines[0].split(separator: "\t").map(String.init)
      #expect(heading.starts(with: ["id", "row", "seed", "test.auc/macro"]))
      #expect(
        Set(lines.map { $0.split(separator: "\t", omittingEmptySubsequences: false).count }).count
          == 1)
      for columns in ["60", "", "abc", "0", "-5"] {
        let outcome = try workshop.tool(command, environment: ["COLUMNS": columns])
        #expect(outcome.output.split(separator: "\n") == lines, "COLUMNS=\(columns)")
      }
      for width in [32, 44, 60, 100] {
        let outcome = try workshop.terminal(command, width: width)
        let shown = outcome.output.split(separator: "\n")
        #expect(shown.allSatisfy { $0.count <= width }, "\(outcome.output)")
        #expect(outcome.output.contains("12 runs") && !outcome.output.contains("\t"))
      }
    }
  }

  @Test func conditionsColumnsAndSortingChooseWhatIsListed() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool(
        "runs list --from \(Self.results)/quickstart --where model=mmoe --where seed<3 "
          + "--columns seed,test.auc/macro --sort seed --descending")
      let lines = outcome.output.split(separator: "\n").map { $0.split(separator: "\t") }
      #expect(lines.map { $0[0] } == ["seed", "2", "1"])
      let json = try workshop.tool(
        "runs list --from \(Self.results)/quickstart --where seed=1 --columns model,row --json")
      let runs = try #require(
        try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: String]])
      #expect(runs.map { $0["row"] } == ["Shared-Bottom", "MMoE", "PLE", "AESM²"])
    }
  }

  @Test func aStoreIsListedWithUnfinishedAndDamagedRuns() throws {
    try Workshop.with { workshop throws in
      #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
      let names = try FileManager.default.contentsOfDirectory(atPath: workshop["runs"].path)
        .sorted()
      try FileManager.default.removeItem(at: workshop["runs/\(names[0])/record.json"])
      try workshop.write("{", to: "runs/\(names[1])/record.json")
      let outcome = try workshop.tool("runs list --columns id,state,seed")
      #expect(outcome.status == 0 && outcome.error.contains("runs/\(names[1])/record.json"))
      #expect(outcome.output.contains("\(names[0])\tincomplete\t"))
      #expect(outcome.output.contains("\(names[1])\tdamaged\t"))
      #expect(outcome.output.split(separator: "\n").count == 5)
      let placed = try workshop.tool(
        "runs list --spec experiment.yaml --columns id,row --where state=done")
      #expect(placed.output.contains("AESM²") || placed.output.contains("Shared-Bottom"))
      // A damaged run is left out of an export, which says so by its status.
      let export = try workshop.tool("runs export --format jsonl --to records.jsonl")
      #expect(export.status == 1 && export.error.contains("1 run left out, not having ended"))
      #expect(export.output == "2 runs written to records.jsonl\n")
    }
  }

  @Test func aRunIsShownWithFilesAndMetrics() throws {
    try Workshop.with { workshop throws in
      let text = try workshop.tool("runs show --from run \(try id(in: workshop))").output
      for part in [
        "state: done", "model: shared-bottom", "batchSize: 64", "click / A", "buy / pooled",
        "files in run", "weights.safetensors: ", "processor: ",
      ] {
        #expect(text.contains(part), "\(part)")
      }
      let json = try workshop.tool("runs show --from run \(try id(in: workshop)) --json").output
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
      #expect(object["state"] as? String == "done" && object["outcome"] is [String: Any])
    }
  }

  private func id(in workshop: Workshop) throws -> String {
    let lines = try workshop.tool("runs list --from run --columns id").output
    return String(try #require(lines.split(separator: "\n").last))
  }

  @Test func runsAndSetsAreCompared() throws {
    try Workshop.with { workshop throws in
      let from = "--from \(Self.results)/quickstart"
      let sets = try workshop.tool("runs compare model=mmoe model=ple \(from)")
      #expect(sets.output.contains("B: model=ple (3 runs), paired with A by seed: 1, 2, 3"))
      #expect(sets.output.contains("auc/ctr/pooled") && sets.output.contains("p"))
      #expect(sets.output.contains("common seeds, not corrected for the number of rows"))
      // The mean and the spread of the committed table.
      #expect(sets.output.contains("0.7022 ± 0.0013") && sets.output.contains("0.6989 ± 0.0015"))
      let json = try workshop.tool("runs compare model=mmoe model=ple \(from) --metric auc --json")
      #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [String: Any])
      let same = try workshop.tool("runs compare fc fc \(from)")
      #expect(same.output.contains("all settings are the same") && same.output.contains("+0.0000"))
    }
  }

  @Test func aBundleGoesToAnotherStoreAndGivesTheSameTable() throws {
    try Workshop.with { workshop throws in
      #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
      let export = try workshop.tool(
        "runs export --spec experiment.yaml --format bundle --to shared.tar --weights")
      #expect(export.status == 0, "\(export.error)")
      let digest = try #require(export.output.split(separator: " ").last)
        .trimmingCharacters(in: .newlines)
      let table = try workshop.tool("report experiment.yaml").output
      let wrong = String(digest.reversed())
      #expect(try workshop.tool("runs import shared.tar --store new --digest \(wrong)").status == 1)
      #expect(!workshop.has("new"))
      let imported = try workshop.tool(
        "runs import shared.tar --store new --results table --digest \(digest)")
      #expect(imported.output.contains("4 runs added to new"), "\(imported.error)")
      #expect(try workshop.tool("report experiment.yaml --store new").output == table)
      #expect(
        try workshop.tool("report table/specification.yaml --records table/runs.jsonl").output
          == table)
      // The weights work too.
      let name = try #require(
        try FileManager.default.contentsOfDirectory(atPath: workshop["new"].path).first)
      #expect(try workshop.tool("evaluate new/\(name) --data data --split test").status == 0)
      let again = try workshop.tool("runs import shared.tar --store new")
      #expect(again.output.hasPrefix("0 runs added to new; 4 were there already"))
    }
  }

  /// The store is never seen with part of a run, and the import is completed by repeating it.
  @Test func anImportThatIsKilledLeavesWholeRuns() throws {
    try Workshop.with { workshop throws in
      let from =
        "--from \(Self.results)/loss-reduction-us-flights --from \(Self.results)/quickstart"
      let export = try workshop.tool("runs export \(from) --format bundle --to shared.tar")
      #expect(export.status == 0, "\(export.error)")
      var wasKilled = 0
      for attempt in 0..<12 {
        let run = try KilledRun.start("runs import shared.tar --store new", in: workshop)
        if run.kill(SIGKILL, afterMicroseconds: UInt32(attempt) * 4000) { wasKilled += 1 }
        let names =
          (try? FileManager.default.contentsOfDirectory(atPath: workshop["new"].path)) ?? []
        for name in names where !name.hasPrefix(".") {
          #expect(workshop.has("new/\(name)/record.json"))
        }
      }
      #expect(wasKilled > 0)
      #expect(try workshop.tool("runs import shared.tar --store new").status == 0)
      let listed = try workshop.tool("runs list --from new --columns state").output
      #expect(Set(listed.split(separator: "\n").dropFirst()) == ["done"])
      let names = try FileManager.default.contentsOfDirectory(atPath: workshop["new"].path)
      #expect(!names.contains { $0.hasPrefix(".") })
    }
  }

  @Test func pruningShowsFirstAndRemovesOnRequest() throws {
    try Workshop.with { workshop throws in
      #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
      let ids = try FileManager.default.contentsOfDirectory(atPath: workshop["runs"].path).sorted()
      try FileManager.default.removeItem(at: workshop["runs/\(ids[0])/record.json"])
      let shown = try workshop.tool("runs prune --incomplete --failed")
      #expect(shown.output.contains(ids[0].prefix(12)) && shown.output.contains("add --yes"))
      #expect(workshop.has("runs/\(ids[0])"))
      let removed = try workshop.tool("runs prune --incomplete --failed --yes")
      #expect(removed.status == 0 && !workshop.has("runs/\(ids[0])"))
      #expect(
        try workshop.tool("runs prune --keep-only experiment.yaml").output == "no run to remove\n")
      // The search of the experiment is over, so what is not part of it can be told.
      #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
      try workshop.replace("epochs: 3", with: "epochs: 2", in: "experiment.yaml")
      #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
      let all = try workshop.tool("runs prune --keep-only experiment.yaml --yes").output
      #expect(all.contains("removing 4 runs"))
      #expect(
        try workshop.tool("runs list --columns training.epochs").output
          == "training.epochs\n2\n2\n2\n2\n")
    }
  }

  @Test func textOfRunsDoesNotSteerTheTerminal() throws {
    try Workshop.with { workshop throws in
      let text = try String(
        contentsOfFile: Self.results + "/quickstart/runs.jsonl", encoding: .utf8)
      try workshop.write(
        text.replacing("\"row\":\"MMoE\"", with: #""row":"M\u001b[31m\tE""#), to: "runs.jsonl")
      for command in [
        "runs list --from runs.jsonl", "runs show fc --from runs.jsonl",
        "runs compare seed=1,model=mmoe seed=1,model=ple --from runs.jsonl",
      ] {
        for outcome in [
          try workshop.tool(command), try workshop.terminal(command, width: 80),
        ] {
          #expect(outcome.status == 0, "\(outcome.error)")
          #expect(!outcome.output.unicodeScalars.contains("\u{1b}"))
        }
      }
    }
  }
}
