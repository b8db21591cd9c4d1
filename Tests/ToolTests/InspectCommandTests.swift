import Configuration
import Experiments
import Foundation
import Testing
import Training

@Suite struct InspectCommandTests {
  private func inspection(_ text: String) throws -> ExpertInspection {
    try ExpertInspection(configuration: try ConfigurationValue(json: text))
  }

  @Test func theGatesOfARunAreShown() throws {
    try Workshop.with { workshop throws in
      let trained = try workshop.tool(
        "train --data data --model aesm2 --set epochs=1 --run-dir aesm2")
      try #require(trained.status == 0, "\(trained.error)")
      let before = try workshop.bytes("aesm2/record.json")
      let text = try workshop.tool("inspect aesm2 --data data")
      #expect(text.status == 0 && text.error.isEmpty, "\(text.error)")
      for part in [
        "scenario/0/0/weights", "task/0/weights/click", "in the specific set", "in the shared set",
        "linear CKA",
      ] {
        #expect(text.output.contains(part), "\(part)")
      }
      let found = try inspection(try workshop.tool("inspect aesm2 --data data --json").output)
      #expect(found.scenarios == ["A", "B"] && found.tasks == ["click", "buy"])
      #expect(found.gates.map(\.task) == [nil, "click", "buy"])
      let rows = found.gates[0].cells.map { $0?.rowCount ?? 0 }.reduce(0, +)
      #expect(rows == found.rowCount)
      #expect(try workshop.bytes("aesm2/record.json") == before)
      // Threads do not matter.
      let single = try workshop.tool("inspect aesm2 --data data --json --threads 1")
      #expect(try inspection(single.output) == found)
      let none = try workshop.tool("inspect aesm2 --data data --json --sample 0")
      #expect(try inspection(none.output).similarities.isEmpty)
    }
  }

  @Test func aModelWithoutGatesSaysSo() throws {
    try Workshop.with { workshop throws in
      let trained = try workshop.tool(
        "train --data data --model shared-bottom --set epochs=1 --run-dir bottom")
      try #require(trained.status == 0, "\(trained.error)")
      let outcome = try workshop.tool("inspect bottom --data data")
      #expect(outcome.status == 0 && outcome.output.contains("has no gates"))
      let json = try workshop.tool("inspect bottom --data data --json")
      #expect(try inspection(json.output).gates.isEmpty)
    }
  }

  @Test func gradientsOfObjectivesAreCompared() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool("inspect run --data data --gradients cells --json")
      #expect(outcome.status == 0, "\(outcome.error)")
      let value = try ConfigurationValue(json: outcome.output)
      #expect(value["objectives"] == ["click/A", "click/B", "buy/A", "buy/B"].configuration)
      guard case .list(let rows)? = value["cosines"] else {
        Issue.record("no cosines")
        return
      }
      for (place, row) in rows.enumerated() {
        guard case .list(let cells) = row else { continue }
        #expect(Double(configuration: cells[place]) == 1)
      }
      let text = try workshop.tool("inspect run --data data --gradients tasks --batches 1")
      #expect(text.output.contains("batches of training: 1"))
    }
  }

  @Test func aReportShowsTheExpertsOfItsRuns() throws {
    try Workshop.with { workshop throws in
      #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
      let inspected = try workshop.tool("inspect experiment.yaml --output results")
      #expect(inspected.status == 0, "\(inspected.error)")
      // What is inspected is in the table; what was not is as before.
      let plain = try workshop.tool("report experiment.yaml")
      #expect(!plain.output.contains("## Experts"))
      let report = try workshop.tool(
        "report experiment.yaml --output results --figures --html report.html")
      #expect(report.status == 0, "\(report.error)")
      let table = String(decoding: try workshop.bytes("results/table.md"), as: UTF8.self)
      #expect(table.contains("## Experts") && table.contains("scenario/0/0/weights"))
      let page = String(decoding: try workshop.bytes("report.html"), as: UTF8.self)
      #expect(page.contains("Use of experts by scenario"))
      #expect(workshop.has("results/experts-aesm-scenario-0-0-weights-specific.svg"))
      // The report is a function of the committed files.
      let check = try workshop.tool(
        "report experiment.yaml --records results/runs.jsonl --figures --check results")
      #expect(check.status == 0, "\(check.error)")
    }
  }

  // MARK: - Failure

  @Test func runsWithoutWeightsAreNamedAndLeftOut() throws {
    try Workshop.with { workshop throws in
      #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
      let runs = try FileManager.default.contentsOfDirectory(atPath: workshop["runs"].path)
        .filter { workshop.has("runs/\($0)/weights.safetensors") }.sorted()
      let first = try #require(runs.first)
      try FileManager.default.removeItem(at: workshop["runs/\(first)/weights.safetensors"])
      let outcome = try workshop.tool("inspect experiment.yaml --output results")
      #expect(outcome.status == 1 && outcome.error.contains(first), "\(outcome.error)")
      let found = try InspectedRuns(inFolder: workshop["results"].path)
      #expect(found.count == runs.count - 1 && found[first] == nil)
    }
  }

  @Test(
    "what cannot be inspected is refused",
    arguments: [
      ("inspect nowhere --data data", "1 nowhere: is not the folder of a run"),
      ("inspect run --data nowhere", "nowhere"),
      ("inspect run", "64"),
      ("inspect run --data data --output results", "64"),
      ("inspect experiment.yaml", "64"),
      ("inspect experiment.yaml --output results --json", "64"),
      ("inspect experiment.yaml --output results", "1 runs: no run of the table is done"),
      ("inspect run --data data --sample -1", "64"),
      ("inspect run --data data --batches 0", "64"),
      ("inspect run --data data --gradients users", "64"),
    ])
  func refusal(command: String, part: String) throws {
    try Workshop.with { workshop throws in
      let sentence = try workshop.failure(command)
      #expect(sentence.contains(part) && !sentence.hasPrefix("0"), "\(sentence)")
      #expect(!workshop.has("results"))
    }
  }

  @Test func damagedInspectionsAreNamedWithTheirLine() throws {
    try Workshop.with { workshop throws in
      try workshop.write("{\"run\":\"a\"}\n", to: "results/experts.jsonl")
      let outcome = try workshop.failure("report experiment.yaml --output results")
      #expect(outcome.hasPrefix("1 results/experts.jsonl:1"), "\(outcome)")
    }
  }
}
