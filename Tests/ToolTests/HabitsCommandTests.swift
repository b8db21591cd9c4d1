import Foundation
import TestKit
import Testing

@Suite struct HabitsCommandTests {
  private static let results = DataFolder.packageRoot.appending(path: "results").path

  @Test func committedRunsAreJudgedByEveryHabit() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool(
        "habits \(Self.results)/us-flights \(Self.results)/kuairand-pure --figure habits.svg")
      #expect(outcome.status == 0, "\(outcome.error)")
      for words in [
        "all pairs", "pairs told apart", "together", "one seed", "best seed", "pooled",
        "test selection", "own best seed", "us-flights late_departure", "kuairand-pure long_view",
      ] {
        #expect(outcome.output.contains(words), "\(words)")
      }
      let figure = try String(contentsOf: workshop["habits.svg"], encoding: .utf8)
      #expect(figure.contains(">Pairs of rows that change places<") && figure.contains(">pooled<"))
      #expect(figure.contains(">us-flights late_departure<"))
    }
  }

  @Test func jsonHasTheCountsOfEveryTable() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool("habits \(Self.results)/kuairand-pure --json")
      let fields = try #require(
        try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
      let tables = try #require(fields["tables"] as? [[String: Any]])
      #expect(tables.map { $0["task"] as? String } == ["is_click", "long_view"])
      for table in tables {
        let habits = try #require(table["habits"] as? [String: [String: Any]])
        #expect(habits.keys.sorted() == ["best seed", "one seed", "pooled", "test selection"])
        let all = try #require(habits["one seed"]?["all"] as? [String: Double])
        #expect(all["pairs"] == 6 && (0...6).contains(all["flipped"] ?? -1))
        #expect((habits["test selection"]?["gain"] as? Double ?? -1) >= 0)
        #expect((habits["best seed"]?["gain"] as? Double ?? -1) > 0)
      }
    }
  }

  @Test func aTableWithoutASearchShowsNoSelection() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool("habits \(Self.results)/quickstart")
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(outcome.output.contains("a table without a search"))
    }
  }
}
