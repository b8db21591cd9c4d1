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
        seeds(row).map {
          stored(row, FakeStore.configuration(model: row, seed: $0, dataset: dataset))
        }
      })
  }

  /// A result of a row, of which `leader` is better than any other in all numbers.
  private func stored(_ row: String, _ configuration: RunConfiguration) -> StoredRun {
    var record = fakeRecord(configuration)
    if row == "leader" {
      let cell = MetricCell(rows: 100, positives: 20, values: [.auc: 0.9, .logLoss: 0.1])
      let (tasks, scenarios) = (record.test.tasks, record.test.scenarios)
      record.test = MetricGrid(
        tasks: tasks, scenarios: scenarios,
        cells: tasks.map { _ in scenarios.map { _ in cell } }, pooled: tasks.map { _ in cell })
    }
    return StoredRun(
      .done(record), places: [StoredRun.Place(row: row, purpose: .result, trial: 0, order: 0)])
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

  @Test func theDirectionOfTheMetricCounts() throws {
    for metric in [Metric.auc, .logLoss] {
      let board = try Leaderboard(
        (0..<5).map { index in
          (name: "\(index)", runs: runs(["alpha", "leader", "beta"], dataset: "data \(index)"))
        }, MetricName(metric, .macro))
      #expect(board.models == ["alpha", "leader", "beta"])
      #expect(board.wins[1] == [1, nil, 1])
      #expect(board.wins[0][1] == 0 && board.wins[2][1] == 0)
      let averages = try #require(board.testedRanks).averages
      #expect(averages[1] == 1)
      let reversed = try #require(
        RankedBlocks(board.blocks.map(\.means), higherIsBetter: metric.higherIsBetter == false))
      for (average, other) in zip(averages, reversed.averages) {
        #expect(abs(average + other - 4) < 1e-12)
      }
    }
  }

  @Test func ranksOfFewDataSetsOrTwoModelsAreNotTested() throws {
    func board(_ rows: [String], _ count: Int) throws -> Leaderboard {
      try Leaderboard(
        (0..<count).map { (name: "\($0)", runs: runs(rows, dataset: "data \($0)")) }, auc)
    }
    #expect(try board(["alpha", "beta", "gamma"], 5).testedRanks != nil)
    #expect(try board(["alpha", "beta", "gamma"], 4).testedRanks == nil)
    let two = try board(["alpha", "beta"], 5)
    #expect(two.testedRanks == nil && two.ranks != nil)
  }

  @Test func onlyRowsThatAreRankedMustBeOfOneSetting() throws {
    let first = (name: "a", runs: runs(["alpha", "beta"], dataset: "one"))
    let mixed = [4, 8].map { width in
      stored(
        "draft", FakeStore.configuration(model: "draft", width: width, seed: 1, dataset: "two"))
    }
    let second = RunCollection(mixed + runs(["alpha", "beta"], dataset: "two").runs)
    let board = try Leaderboard([first, (name: "b", runs: second)], auc)
    #expect(board.models == ["alpha", "beta"] && board.leftOut == ["draft"])
  }

  @Test func rowsOfOneTableThatAreOfOtherDataAreRefused() throws {
    let first = (name: "a", runs: runs(["alpha", "beta"], dataset: "one"))
    let second = RunCollection(
      runs(["alpha"], dataset: "two").runs + runs(["beta"], dataset: "three").runs)
    let error = try problem { _ = try Leaderboard([first, (name: "b", runs: second)], auc) }
    #expect(error.place == ["b", "'beta'"])
    #expect(error.problem == "is of other data or semantics than 'alpha'")
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
