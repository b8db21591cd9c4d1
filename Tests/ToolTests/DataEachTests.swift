import Datasets
import Foundation
import Testing

/// Imports of a part of what a schema describes.
@Suite struct DataEachTests {
  @Test func oneScenarioAloneTrainsAndEvaluates() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool(
        "data import schema.yaml --files files --each place=A --output new")
      #expect(outcome.status == 0 && outcome.output.contains("each: place=A"))
      #expect(try Dataset.open(at: workshop["new"]).problem.scenarios.leafNames == ["A"])
      #expect(
        try workshop.tool(
          "train --data new --model aesm2 --set epochs=1 --run-dir alone"
        ).status == 0)
      #expect(try workshop.tool("evaluate alone --data new --split test").status == 0)
    }
  }

  @Test func aNameAloneMakesOneDataSetPerValue() throws {
    try Workshop.with { workshop throws in
      try workshop.replace(
        "scenarios: [place]", with: "scenarios: [{column: place, keep: [A, B]}]", in: "schema.yaml")
      let outcome = try workshop.tool(
        "data import schema.yaml --files files --each place --output new")
      #expect(outcome.status == 0)
      for place in ["A", "B"] {
        let dataset = try Dataset.open(at: workshop["new/\(place)"])
        #expect(dataset.problem.scenarios.leafNames == [place])
        #expect(dataset.manifest.provenance["each"] == "place=\(place)")
      }
    }
  }

  @Test func foldsAreMadeOneAfterTheOther() throws {
    try Workshop.with { workshop throws in
      try workshop.replace(
        "{where: {column: day, atLeast: 9}}", with: "{fold: 1, of: 4, by: user}", in: "schema.yaml"
      )
      try workshop.replace(
        "{where: {column: day, atLeast: 7}}", with: "{fold: 2, of: 4, by: user}", in: "schema.yaml"
      )
      #expect(
        try workshop.tool("data import schema.yaml --files files --each fold --output new").status
          == 0)
      let folds = try (1...4).map { try Dataset.open(at: workshop["new/\($0)"]) }
      #expect(folds.reduce(0) { $0 + $1.test.rows.rowCount } == 400)
      for (fold, dataset) in folds.enumerated() {
        #expect(
          dataset.validation.rows.rowCount == folds[(fold + 1) % 4].test.rows.rowCount)
      }
      #expect(
        try workshop.failure("data import schema.yaml --files files --each fold=5 --output x")
          == "64 aesm2: --each fold=5: must be one fold from 1 to 4")
    }
  }

  @Test func whatCannotBeRestrictedIsAUsageError() throws {
    try Workshop.with { workshop throws in
      for (each, sentence) in [
        ("--each plcae=A", "unknown name 'plcae'; did you mean 'place'? (known: place)"),
        ("--each place", "give one, as --each place=VALUE"),
        ("--each place --each user", "one name at most may be without a value"),
        ("--each place=A --each place=A", "--each place=A is given twice"),
      ] {
        let failure = try workshop.failure(
          "data import schema.yaml --files files \(each) --output new")
        #expect(failure.hasPrefix("64 aesm2: --each") && failure.contains(sentence), "\(failure)")
      }
      #expect(!workshop.has("new"))
    }
  }
}
