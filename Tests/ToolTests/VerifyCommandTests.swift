import Foundation
import TestKit
import Testing

@Suite struct VerifyCommandTests {
  /// Makes the results of the workshop's experiment.
  private func results(in workshop: Workshop) throws {
    #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
    #expect(try workshop.tool("report experiment.yaml --output results/tiny").status == 0)
  }

  @Test func aTableIsReproducedExactlyOnTheSameMachine() throws {
    try Workshop.with { workshop throws in
      try results(in: workshop)
      let outcome = try workshop.tool("verify results/tiny --spec experiment.yaml --threads 1")
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(
        outcome.output == "reproduced exactly: all numbers of 4 runs are the same to the last bit\n"
      )
      #expect(outcome.error.contains("4/4 "))
      let few = try workshop.tool("verify results/tiny/runs.jsonl --data data --runs 1")
      #expect(few.output.contains("all numbers of 1 run "))
    }
  }

  @Test func aMetricThatTheRecordsLackIsRefusedBeforeTraining() throws {
    try Workshop.with { workshop throws in
      let results = DataFolder.packageRoot.appending(path: "results/quickstart").path
      let outcome = try workshop.tool("verify \(results) --data data --metric map --runs 1")
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("run fcd7207e: has no value of map"), "\(outcome.error)")
    }
  }

  @Test func otherNumbersAreTold() throws {
    try Workshop.with { workshop throws in
      try results(in: workshop)
      // Another AUC in the first record, as if it came from another machine.
      let text = try String(contentsOf: workshop["results/tiny/runs.jsonl"], encoding: .utf8)
      let pattern = try Regex("(\"test\":.*?\"auc\":)0\\.[0-9]+")
      let changed = text.replacing(pattern, maxReplacements: 1) { match in
        (match.output[1].substring ?? "") + "0.25"
      }
      #expect(changed != text)
      try workshop.write(changed, to: "results/tiny/runs.jsonl")
      let outcome = try workshop.tool(
        "verify results/tiny --spec experiment.yaml --runs 1 --store again --tolerance 0")
      #expect(
        outcome.status == 1 && outcome.error.contains("not reproduced: the tolerance is 0.0, but"))
      #expect(outcome.error.contains("the new runs are only within 0."))
      #expect(outcome.error.contains("0 of 1 run the same to the last bit"))
      #expect(workshop.has("again"))
      // What is done in the store is not trained again, and a wider tolerance accepts it.
      let wide = try workshop.tool(
        "verify results/tiny --spec experiment.yaml --runs 1 --store again --tolerance 1")
      #expect(wide.status == 0 && wide.output.hasPrefix("reproduced within 0."))
    }
  }
}
