import Foundation
import TestKit
import Testing

/// Runs in bf16 where oneDNN is, and where it is not.
@Suite struct PrecisionTests {
  private let training =
    "train --data data --model shared-bottom --set epochs=1 --set batchSize=64 "
    + "--set precision=bf16 --run-dir new"
  private let without = ["AESM2_ONEDNN": "/nonexistent"]
  private let missing =
    "aesm2: precision bf16 needs the library oneDNN, but the file that AESM2_ONEDNN names cannot "
    + "be loaded: /nonexistent"

  @Test func withoutTheLibraryNothingIsBegun() throws {
    try Workshop.with { workshop throws in
      try workshop.replace("epochs: 3,", with: "epochs: 1, precision: bf16,", in: "experiment.yaml")
      for command in [training, "sweep experiment.yaml"] {
        let outcome = try workshop.tool(command, environment: without)
        #expect(outcome.status == 1)
        let lines = outcome.error.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].hasPrefix(missing), "\(outcome.error)")
      }
      #expect(!workshop.has("new") && !workshop.has("runs"))
      #expect(try workshop.tool("status experiment.yaml", environment: without).status == 0)
    }
  }

  @Test func fp32NeedsNoLibrary() throws {
    try Workshop.with { workshop throws in
      let command = training.replacingOccurrences(of: "bf16", with: "fp32")
      #expect(try workshop.tool(command, environment: without).status == 0)
      #expect(
        try workshop.tool("evaluate new --data data --split test", environment: without).status == 0
      )
    }
  }

  @Test(.needsOneDNN) func runIsEvaluatedAsItWasTrained() throws {
    try Workshop.with { workshop throws in
      let record = try workshop.tool("\(training) --json")
      #expect(record.status == 0, "\(record.error)")
      #expect(record.output.contains("\"precision\":\"bf16\""))
      #expect(record.output.contains("; oneDNN "))
      let grid = try workshop.tool("evaluate new --data data --split test --json").output
      #expect(record.output.contains(grid.trimmingCharacters(in: .newlines)))
      let outcome = try workshop.tool(
        "evaluate new --data data --split test", environment: without)
      #expect(outcome.status == 1 && outcome.error.hasPrefix(missing), "\(outcome.error)")
    }
  }

  @Test(.needsOneDNN) func reportsSayWhichRowsAreRounded() throws {
    try Workshop.with { workshop throws in
      try workshop.replace(
        "  - id: aesm2\n    search: {strategy: random, trials: 1}",
        with: "  - {id: shared-bottom, label: Rounded, training: {precision: bf16}}\n"
          + "  - {id: shared-bottom, label: Stated, training: {precision: fp32}}",
        in: "experiment.yaml")
      #expect(try workshop.tool("sweep experiment.yaml").status == 0)
      let table = try workshop.tool("report experiment.yaml --output tables")
      #expect(table.status == 0, "\(table.error)")
      let text = try String(contentsOf: workshop["tables/table.md"], encoding: .utf8)
      #expect(text.contains("Rounded: precision bf16: operands of the matrix products"))
      #expect(!text.contains("Stated: precision"))
      #expect(text.contains("precision = bf16"))
    }
  }
}
