import Experiments
import Testing

@Suite struct ManyModelsTests {
  private func fixture() throws -> StatisticsFixture { try StatisticsFixture("many-models") }

  // MARK: - Ranks

  private func blocks(_ row: StatisticsFixture) throws -> RankedBlocks {
    try #require(RankedBlocks(try row.table("scores"), higherIsBetter: true))
  }

  @Test func friedmansTestAgreesWithSciPy() throws {
    for row in try fixture()["blocks"].cases {
      let blocks = try blocks(row)
      expectClose(blocks.averages, try row.numbers("averages"), within: 1e-12)
      expectClose(
        [try #require(blocks.friedmanStatistic), try #require(blocks.friedmanProbability)],
        try row.numbers("friedman"), within: 1e-10)
      expectClose(
        [
          try #require(blocks.imanDavenportStatistic),
          try #require(blocks.imanDavenportProbability),
        ], try row.numbers("iman_davenport"), within: 1e-9)
    }
  }

  @Test func allPairsAgreeWithPosthocs() throws {
    for row in try fixture()["blocks"].cases {
      let blocks = try blocks(row)
      expectClose(
        Array(blocks.nemenyiProbabilities.joined()), Array(try row.table("nemenyi").joined()),
        within: 1e-8)
      expectClose(
        Array(blocks.conoverProbabilities.joined()), Array(try row.table("conover").joined()),
        within: 1e-10)
      expectClose(
        [blocks.criticalDifference()], [try row.number("critical_difference")], within: 1e-7)
    }
  }

  @Test func averageRanksHaveIntervals() throws {
    for row in try fixture()["blocks"].cases {
      let blocks = try blocks(row)
      let intervals = blocks.averageIntervals(resampling: Resampling(count: 4000, seed: 3))
      for (interval, expected) in zip(intervals, try row.table("intervals")) {
        expectClose([interval.lowerBound, interval.upperBound], expected, within: 0.13)
      }
    }
  }

  @Test func oneOrderEverywhereIsCertain() throws {
    let blocks = try #require(
      RankedBlocks([[3, 2, 1], [6, 5, 4], [9, 8, 7]], higherIsBetter: true))
    #expect(blocks.averages == [1, 2, 3])
    #expect(blocks.imanDavenportStatistic == .infinity)
    #expect(blocks.imanDavenportProbability == 0)
    #expect(blocks.conoverProbabilities == [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    #expect(
      RankedBlocks([[3, 2, 1], [6, 5, 4], [9, 8, 7]], higherIsBetter: false)?.averages == [3, 2, 1])
  }

  /// The p-values of all 6⁵ = 7776 and 2⁵ = 32 arrangements, within five standard errors.
  @Test func permutationsGiveTheShareOfAllArrangements() throws {
    func probability(_ scores: [[Double]], seed: UInt64 = 0) throws -> Double {
      let blocks = try #require(RankedBlocks(scores, higherIsBetter: true))
      return try #require(blocks.permutationProbability(seed: seed))
    }
    let same: [[Double]] = Array(repeating: [3, 2, 1], count: 5)
    expectClose([try probability(same)], [6 / 7776], within: 0.00044)
    // Four blocks of one order, and one with the last two exchanged.
    let almost: [[Double]] = Array(same.dropLast()) + [[3, 1, 2]]
    expectClose([try probability(almost)], [66 / 7776], within: 0.0015)
    #expect(try probability(almost) == probability(almost))
    #expect(try probability(almost) != probability(almost, seed: 1))
    expectClose(
      [try probability(Array(repeating: [2, 1], count: 5))], [2 / 32], within: 0.004)
  }

  @Test func tiedScoresHaveNoStatistic() throws {
    let blocks = try #require(RankedBlocks([[1, 1], [2, 2]], higherIsBetter: true))
    #expect(blocks.friedmanStatistic == nil)
    #expect(blocks.permutationProbability() == nil)
    #expect(blocks.imanDavenportProbability == nil)
    #expect(blocks.conoverProbabilities == [[1, 1], [1, 1]])
    #expect(RankedBlocks([[1, 2]], higherIsBetter: true) == nil)
    #expect(RankedBlocks([[1], [2]], higherIsBetter: true) == nil)
  }

  @Test func barsSpanRanksWithinTheCriticalDifference() throws {
    // Average ranks 1, 2.5, 2.5 and 4.
    let blocks = try #require(
      RankedBlocks([[9, 5, 7, 1], [9, 7, 5, 1]], higherIsBetter: true))
    #expect(blocks.averages == [1, 2.5, 2.5, 4])
    #expect(blocks.indistinguishable(within: 1.6) == [[0, 1, 2], [1, 2, 3]])
    #expect(blocks.indistinguishable(within: 1) == [[1, 2]])
    #expect(blocks.indistinguishable(within: 3) == [[0, 1, 2, 3]])
  }

  @Test func winsAreCountedOverCommonUnits() {
    let matrix = WinMatrix(
      [[0.9, 0.5, 0.7, nil], [0.8, 0.5, 0.72, 0.1], [nil, nil, nil, nil]], higherIsBetter: true)
    #expect(matrix.shares == [[nil, 0.5, nil], [0.5, nil, nil], [nil, nil, nil]])
    #expect(matrix.counts[0] == [3, 3, 0])
    let losses = WinMatrix([[0.9, 0.51], [0.8, 0.5]], higherIsBetter: false, tolerance: 0.02)
    #expect(losses.shares[0][1] == 0.25)
    #expect(losses.shares[1][0] == 0.75)
  }

  // MARK: - Aggregates

  @Test func aggregatesAgreeWithRliable() throws {
    let row = try fixture()["aggregates"]
    let first = try #require(ScoreAggregates(try row.table("first")))
    let second = try #require(ScoreAggregates(try row.table("second")))
    expectClose(
      [first.interquartileMean, second.interquartileMean],
      try row.numbers("interquartile_means"), within: 1e-12)
    expectClose(
      [second.probabilityOfImprovement(over: first)], [try row.number("improvement")],
      within: 1e-12)
    expectClose(
      first.profile(at: try row.numbers("thresholds")), try row.numbers("profile"), within: 1e-12)
    #expect(ScoreAggregates([]) == nil)
    #expect(ScoreAggregates([[1], []]) == nil)
  }

  /// Percentiles of 4000 samples, against 20,000 of rliable.
  @Test func intervalsOfAggregatesAgreeWithRliable() throws {
    let row = try fixture()["aggregates"]
    let (first, second) = (try row.table("first"), try row.table("second"))
    let resampling = Resampling(count: 4000, seed: 1)
    let means = resampling.samples(ofStrata: [first]) {
      ScoreAggregates($0[0])?.interquartileMean ?? .nan
    }
    let mean = percentileInterval(means)
    expectClose(
      [mean.lowerBound, mean.upperBound], try row.numbers("interquartile_interval"), within: 4e-4)
    let improvements = resampling.samples(ofStrata: [second, first]) { tables -> Double in
      guard let own = ScoreAggregates(tables[0]), let other = ScoreAggregates(tables[1]) else {
        return .nan
      }
      return own.probabilityOfImprovement(over: other)
    }
    let improvement = percentileInterval(improvements)
    expectClose(
      [improvement.lowerBound, improvement.upperBound], try row.numbers("improvement_interval"),
      within: 0.015)
    #expect(
      means
        == resampling.samples(ofStrata: [first]) {
          ScoreAggregates($0[0])?.interquartileMean ?? .nan
        })
  }

  @Test func percentilesAreInterpolated() {
    let interval = percentileInterval([4, 1, 3, 2, 5], level: 0.9)
    expectClose([interval.lowerBound, interval.upperBound], [1.2, 4.8], within: 1e-12)
    #expect(percentileInterval([2]) == 2...2)
  }

  @Test func budgetCurvesFollowDodge() throws {
    for row in try fixture()["budgets"].cases {
      let scores = try row.numbers("scores")
      let curve = try #require(ExpectedBest(scores, higherIsBetter: true))
      let mirrored = try #require(ExpectedBest(scores.map { -$0 }, higherIsBetter: false))
      for value in try row["values"].cases {
        let found = curve.value(trials: try value.integer("trials"))
        expectClose(
          [found.mean, found.deviation],
          [try value.number("mean"), try value.number("deviation")], within: 1e-8)
        expectClose(
          [mirrored.value(trials: try value.integer("trials")).mean], [-found.mean], within: 1e-14)
      }
    }
    #expect(ExpectedBest([], higherIsBetter: true) == nil)
  }

  @Test func reliabilityOfTheOrderFollowsSpearmanAndBrown() throws {
    for row in try fixture()["orders"].cases {
      let order = try #require(OrderReliability(try row.table("scores")))
      expectClose(
        [order.correlation, order.reliability],
        [try row.number("correlation"), try row.number("reliability")], within: 1e-12)
      #expect(order.seeds() == (try row.integer("seeds")))
      let seeds = try #require(order.seeds())
      #expect(order.reliability(seeds: seeds) >= 0.9 - 1e-9)
      #expect(order.reliability(seeds: seeds - 1) < 0.9)
    }
  }

  @Test func ordersThatDisagreeAreNeverReliable() throws {
    let order = try #require(OrderReliability([[1, 2, 3], [3, 2, 1]]))
    #expect(order.correlation == -1)
    #expect(order.reliability == 0)
    #expect(order.seeds() == nil)
    let same = try #require(OrderReliability([[1, 2, 3], [4, 5, 6]]))
    #expect(same.seeds() == 1)
    #expect(OrderReliability([[1, 1], [2, 2]]) == nil)
    #expect(OrderReliability([[1, 2]]) == nil)
  }

  @Test func skillIsMeasuredBetweenFloorAndCeiling() throws {
    let scale = try #require(SkillScale(floor: 0.5, ceiling: 0.9))
    expectClose(
      [scale.skill(0.7), scale.skill(0.9), scale.skill(0.4)], [0.5, 1, -0.25], within: 1e-12)
    expectClose([try #require(scale.improvability(0.7, best: 0.8))], [0.5], within: 1e-12)
    #expect(scale.improvability(0.7, best: 0.7) == 0)
    #expect(scale.improvability(0.95, best: 0.95) == nil)
    let loss = try #require(SkillScale(floor: 0.6, ceiling: 0.2))
    expectClose([loss.skill(0.3)], [0.75], within: 1e-12)
    #expect(SkillScale(floor: 1, ceiling: 1) == nil)
    let row = try fixture()["skill"]
    expectClose(
      [
        try #require(
          meanSkill(
            errors: try row.numbers("errors"), baseErrors: try row.numbers("base_errors")))
      ], [try row.number("skill")], within: 1e-12)
    #expect(meanSkill(errors: [0], baseErrors: [1]) == nil)
    #expect(meanSkill(errors: [], baseErrors: []) == nil)
  }
}
