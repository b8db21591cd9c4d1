import Configuration
import Foundation
import TensorCore
import Testing
import Training

/// The rows that networks have to beat: a linear model, and predictions that are handed in.
@Suite struct FloorTests {
  private func record(_ text: String) throws -> ConfigurationValue {
    try ConfigurationValue(json: text)
  }

  @Test func aLinearModelIsFittedEvaluatedAndPredictsLikeAnyOther() throws {
    try Workshop.with { workshop throws in
      let model = "--model logistic-regression --set l2=1e-3"
      let trained = try workshop.tool("train --data data \(model) --run-dir linear --json")
      #expect(trained.status == 0, "\(trained.error)")
      let record = try record(trained.output)
      guard case .list(let notes)? = record["notes"] else {
        Issue.record("no notes in \(record)")
        return
      }
      #expect(notes.count == 1 && notes[0].description.hasPrefix("Fitted to the optimum"))
      let again = try workshop.tool("evaluate linear --data data --split test --json")
      #expect(try self.record(again.output).canonicalJSON == record["test"]?.canonicalJSON)
      // Another seed and other settings of steps have no part in the optimum.
      let other = try workshop.tool(
        "train --data data \(model) --seed 7 --set batchSize=3 --run-dir other --json")
      #expect(try self.record(other.output)["test"]?.canonicalJSON == record["test"]?.canonicalJSON)
    }
  }

  @Test func predictionsOfOneRunStandInATableAsARowThatWasHandedIn() throws {
    try Workshop.with { workshop throws in
      for split in ["validation", "test"] {
        try workshop.write("", to: "given/place")
        let outcome = try workshop.tool(
          "predict run --data data --split \(split) --scores logit --dtype float64 "
            + "--output given/\(split).npy")
        #expect(outcome.status == 0, "\(outcome.error)")
      }
      let described = try record(try workshop.tool("data describe data --json").output)
      let fingerprint = try #require(described["fingerprint"]).description
      try workshop.write(
        """
        {"dataset": "\(fingerprint)", "scores": "log-odds", "made": "a run", "selection": "none"}
        """, to: "given/predictions.json")
      try workshop.replace(
        "  - id: shared-bottom", with: "  - {predictions: given, label: Given}",
        in: "experiment.yaml")
      try workshop.replace("settings: {embeddingSize: 4}\n", with: "", in: "experiment.yaml")
      let swept = try workshop.tool("sweep experiment.yaml")
      #expect(swept.status == 0 && swept.output.contains("| Given (external) |"), "\(swept.error)")
      let csv = try workshop.tool("report experiment.yaml --format csv").output
      let line = try #require(
        csv.split(separator: "\n").first {
          $0.hasPrefix("Given (external),external,auc,click,macro,")
        })
      let shown = try #require(Double(line.split(separator: ",")[5]))
      let run = try record(String(decoding: workshop.bytes("run/record.json"), as: UTF8.self))
      let grid = try MetricGrid(configuration: try #require(run["test"]))
      #expect(abs(shown - (try #require(grid.macro(.auc, task: 0).mean))) < 1e-12)
      try workshop.write("{}", to: "given/predictions.json")
      #expect(
        try workshop.failure("sweep experiment.yaml")
          == "1 aesm2: given/predictions.json: lacks the key 'dataset'")
    }
  }
}
