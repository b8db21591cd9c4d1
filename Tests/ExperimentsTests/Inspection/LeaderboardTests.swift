import Configuration
import Experiments
import ExperimentsTestKit
import TestKit
import Testing
import Training

@Suite struct LeaderboardTests {
  private let auc = MetricName(.auc, .macro)

  /// Results of rows, whose models are named like them, on one data set.
  private func runs(
    _ rows: [String], dataset: String, seeds: (String) -> [Int] = { _ in [1, 2, 3] }
  ) -> RunCollection {
    RunCollection(
      rows.flatMap { row in
        seeds(row).map { seed in
          StoredRun(
            .done(
              fakeRecord(FakeStore.configuration(model: row, seed: seed, dataset: dataset))),
            places: [StoredRun.Place(row: row, purpose: .result, trial: 0, order: 0)])
        }
      })
  }

  private func board(_ count: Int) throws -> Leaderboard {
    try Leaderboard(
      (0..<count).map { index in
        (
          name: "set \(index)",
          runs: runs(["alpha", "beta", "gamma", "extra \(index)"], dataset: "data \(index)")
        )
      }, auc)
  }

  @Test func modelsThatAllHaveAreRanked() throws {
    let board = try board(3)
    #expect(board.models == ["alpha", "beta", "gamma"])
    #expect(board.leftOut == ["extra 0", "extra 1", "extra 2"])
    let ranks = try #require(board.ranks)
    #expect(ranks == RankedBlocks(board.blocks.map(\.means), higherIsBetter: true))
    let first = try #require(board.blocks.first)
    #expect(first.seeds == [1, 2, 3] && first.scores.map(\.count) == [3, 3, 3])
    let wins = board.wins
    for (a, row) in wins.enumerated() {
      for (b, share) in row.enumerated() where a != b {
        #expect(abs((share ?? 9) + (wins[b][a] ?? 9) - 1) < 1e-12)
      }
      #expect(row[a] == nil)
    }
  }

  private func problem(_ body: () throws -> Void) throws -> Diagnostic {
    try #require(throws: Diagnostic.self, performing: body)
  }

  @Test func resultsThatCannotBeRankedAreRefused() throws {
    let first = (name: "a", runs: runs(["alpha", "beta"], dataset: "one"))
    let second = (name: "b", runs: runs(["alpha", "beta"], dataset: "two"))
    #expect(try problem { _ = try Leaderboard([first], auc) }.problem.contains("two data sets"))
    let twice = try problem { _ = try Leaderboard([first, first], auc) }
    #expect(twice.place == ["a"] && twice.problem.contains("same data set"))
    let copc = try problem { _ = try Leaderboard([first, second], MetricName(.copc, .macro)) }
    #expect(copc.problem.contains("no direction"))
    let alone = (name: "b", runs: runs(["alpha", "gamma"], dataset: "two"))
    #expect(
      try problem { _ = try Leaderboard([first, alone], auc) }.problem.contains("only 'alpha'"))
    let missing = (
      name: "b",
      runs: runs(["alpha", "beta"], dataset: "two") { $0 == "beta" ? [1, 2] : [1, 2, 3] }
    )
    let seeds = try problem { _ = try Leaderboard([first, missing], auc) }
    #expect(seeds.place == ["b", "'beta'"] && seeds.problem.contains("other seeds"))
    let empty = (name: "b", runs: RunCollection([]))
    #expect(try problem { _ = try Leaderboard([first, empty], auc) }.place == ["b"])
    let undefined = try problem {
      _ = try Leaderboard([first, second], MetricName(.gauc, .macro))
    }
    #expect(undefined.problem.contains("undefined on seed 1"))
  }
}
