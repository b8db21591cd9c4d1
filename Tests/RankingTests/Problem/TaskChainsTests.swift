import Configuration
import Ranking
import Testing

@Suite struct TaskChainsTests {
  private func message(_ tasks: [RankingTask]) -> String? {
    #expect(throws: Diagnostic.self) { try TaskChains(tasks) }?.description
  }

  @Test func everyTaskStandsBehindTheOneThatItFollows() throws {
    let chains = try TaskChains([
      RankingTask(name: "buy", follows: "cart"), RankingTask(name: "cart", follows: "click"),
      RankingTask(name: "like"), RankingTask(name: "click"),
      RankingTask(name: "share", follows: "like"),
    ])
    #expect(chains.followed == [1, 3, nil, nil, 2])
    #expect(chains.order == [2, 3, 1, 4, 0])
    #expect(!chains.isEmpty)
  }

  @Test func tasksMayFollowNone() throws {
    let chains = try TaskChains([RankingTask(name: "click"), RankingTask(name: "buy")])
    #expect(chains.isEmpty && chains.order == [0, 1])
    #expect(try TaskChains([]).isEmpty)
  }

  @Test func anUnknownTaskIsAnsweredWithTheNearest() {
    #expect(
      message([RankingTask(name: "click"), RankingTask(name: "buy", follows: "clik")])
        == "task 'buy' follows: unknown task 'clik'; did you mean 'click'? (known: click, buy)")
  }

  @Test func aTaskDoesNotFollowItself() {
    #expect(message([RankingTask(name: "buy", follows: "buy")]) == "task 'buy' follows itself")
  }

  @Test func circlesAreShown() {
    #expect(
      message([
        RankingTask(name: "a", follows: "b"), RankingTask(name: "b", follows: "c"),
        RankingTask(name: "c", follows: "b"), RankingTask(name: "d"),
      ]) == "tasks follow each other in a circle: 'b' follows 'c' follows 'b'")
  }

  @Test func bothAreDefinedOnTheSameRows() throws {
    #expect(
      message([
        RankingTask(name: "click"), RankingTask(name: "buy", domain: "clicked", follows: "click"),
      ])
        == "task 'buy' is defined on 'clicked', but follows 'click', which is defined on all rows: "
        + "both must be defined on the same rows")
    _ = try TaskChains([
      RankingTask(name: "click", domain: "seen"),
      RankingTask(name: "buy", domain: "seen", follows: "click"),
    ])
  }
}
