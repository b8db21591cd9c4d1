import Experiments
import Foundation
import TestKit
import Testing

@Suite struct LeaderboardCommandTests {
  private static let results = DataFolder.packageRoot.appending(path: "results").path

  @Test func fewDataSetsHaveWinsAndNoTest() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool(
        "leaderboard \(Self.results)/us-flights \(Self.results)/kuairand-pure --figure wins.svg")
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(outcome.output.contains("average rank") && outcome.output.contains("better than"))
      #expect(
        outcome.output.contains("No test of ranks and no critical-difference diagram: 2 data"))
      #expect(!outcome.output.contains("Nemenyi") && !outcome.output.contains("95 % interval"))
      let figure = try String(contentsOf: workshop["wins.svg"], encoding: .utf8)
      #expect(figure.contains(">Wins by auc/macro over 2 data sets<") && figure.contains(">AESM²<"))
    }
  }

  @Test func fiveDataSetsAreTested() throws {
    try Workshop.with { workshop throws in
      // The runs of three models as if they were of five data sets.
      let results = try Results(contentsOf: "\(Self.results)/quickstart/runs.jsonl")
      for index in 0..<5 {
        let lines = try results.lines.filter { $0.row != "AESM²" }.map { line in
          var (line, record) = (line, try #require(line.outcome.record))
          record.configuration.dataset = String(repeating: "\(index)", count: 64)
          line.outcome = .done(record)
          return line
        }
        try workshop.write(Results(lines: lines).jsonLines, to: "set\(index)/runs.jsonl")
      }
      let outcome = try workshop.tool("leaderboard set0 set1 set2 set3 set4 --figure cd.svg")
      #expect(outcome.status == 0, "\(outcome.error)")
      // All data sets have one order: of 6⁵ arrangements, 6 do.
      #expect(
        outcome.output.contains(
          "Friedman: chi-squared = 10.00, p = 0.007; by permutation: p "))
      #expect(outcome.output.contains("critical difference of average ranks (Nemenyi, .05): 1.48"))
      #expect(outcome.output.contains("Data sets are taken to be independent."))
      #expect(outcome.output.contains("\n95 % interval "))
      let figure = try String(contentsOf: workshop["cd.svg"], encoding: .utf8)
      #expect(figure.contains(">critical difference 1.4823<"))
      #expect(figure.contains("Not told apart: ") && !figure.contains("Not told apart: none."))
      let json = try workshop.tool("leaderboard set0 set1 set2 set3 set4 --json")
      let fields = try #require(
        try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
      let tests = try #require(fields["tests"] as? [String: Any])
      #expect(tests["nemenyi"] != nil && tests["imanDavenport"] == nil)
      // Shared-Bottom, MMoE, PLE.
      #expect(fields["averageRanks"] as? [Double] == [2, 1, 3])
      let permutation = try #require(tests["permutation"] as? Double)
      #expect(permutation > 0 && permutation < 0.002)
    }
  }
}
