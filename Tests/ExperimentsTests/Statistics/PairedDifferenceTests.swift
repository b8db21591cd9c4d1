import Experiments
import Testing

@Suite struct PairedDifferenceTests {
  private func fixture() throws -> StatisticsFixture { try StatisticsFixture("differences") }

  @Test func intervalsOfTheMeanAgreeWithSciPy() throws {
    for row in try fixture()["cases"].cases {
      let values = try row.numbers("differences")
      let comparison = try #require(
        PairedComparison(values, reference: values.map { _ in 0 }))
      let interval = try #require(comparison.interval())
      expectClose(
        [try #require(comparison.probability), interval.lowerBound, interval.upperBound],
        [try row.number("t_probability")] + (try row.numbers("t_interval")), within: 1e-10)
    }
    #expect(PairedComparison([1], reference: [0])?.interval() == nil)
  }

  @Test func signedRankTestsAgreeWithSciPy() throws {
    for row in try fixture()["cases"].cases {
      let test = try #require(SignedRankTest(try row.numbers("differences")))
      #expect(test.isExact)
      expectClose(
        [test.probability, test.positiveRankSum],
        [try row.number("wilcoxon_probability"), try row.number("positive_rank_sum")],
        within: 1e-12)
    }
    for row in try fixture()["large"].cases {
      let test = try #require(SignedRankTest(try row.numbers("differences")))
      #expect(!test.isExact)
      expectClose([test.probability], [try row.number("probability")], within: 1e-10)
    }
  }

  @Test func signedRankTestsAreExactWithTiesAndZeros() throws {
    for row in try fixture()["tied"].cases {
      let values = try row.numbers("differences")
      let test = try #require(SignedRankTest(values))
      #expect(test.count < values.count)
      expectClose([test.probability], [try row.number("probability")], within: 1e-12)
    }
    #expect(SignedRankTest([0, 0]) == nil)
    #expect(SignedRankTest([]) == nil)
    #expect(SignedRankTest([3])?.probability == 1)
  }

  @Test func permutationTestsAgreeWithSciPy() throws {
    for row in try fixture()["cases"].cases {
      let values = try row.numbers("differences")
      let test = try #require(PermutationTest(values))
      #expect(test.method == .exact(arrangements: 1 << values.count))
      expectClose(
        [test.probability], [try row.number("permutation_probability")], within: 1e-12)
    }
    #expect(PermutationTest([]) == nil)
    #expect(PermutationTest([0, 0, 0])?.probability == 1)
  }

  /// With 99,999 draws the standard error of the p-value is about 0.0006.
  @Test func permutationsAreDrawnForManyPairs() throws {
    let row = try fixture()["drawn"]
    let values = try row.numbers("differences")
    let test = try #require(PermutationTest(values, seed: 4))
    #expect(test.method == .drawn(count: 99_999, seed: 4))
    expectClose([test.probability], [try row.number("probability")], within: 0.003)
    #expect(test == PermutationTest(values, seed: 4))
    #expect(test != PermutationTest(values, seed: 5))
    let certain = try #require(PermutationTest([Double](repeating: 1, count: 40), draws: 99))
    #expect(certain.probability == 0.01)
  }

  @Test func shiftsAreThoseThatSciPyDoesNotReject() throws {
    for row in try fixture()["cases"].cases {
      let values = try row.numbers("differences")
      let estimate = try #require(HodgesLehmann(values))
      expectClose([estimate.shift], [try row.number("shift")], within: 1e-14)
      let interval = estimate.interval()
      #expect((interval == nil) == (values.count < 6))
      if let interval {
        expectClose(
          [interval.lowerBound, interval.upperBound], try row.numbers("shift_interval"),
          within: 1e-14)
      }
    }
    #expect(HodgesLehmann([]) == nil)
  }

  /// The normal approximation above 100 differences continues the exact one: of 1 … n they are the
  /// same ranks, so the shares that are cut off at each end hardly differ.
  @Test func shiftIntervalsOfManyDifferencesContinueThoseOfFew() throws {
    func share(_ count: Int) throws -> Double {
      let values = (1...count).map { Double($0) / Double(count) }
      return try #require(HodgesLehmann(values)?.interval()).lowerBound
    }
    #expect(abs(try share(100) - (try share(101))) < 0.003)
  }

  @Test func correctionsAgreeWithStatsmodels() throws {
    for row in try fixture()["corrections"].cases {
      let values = try row.numbers("probabilities")
      expectClose(
        holmCorrected(values).compactMap { $0 }, try row.numbers("holm"), within: 1e-14)
      expectClose(
        benjaminiHochbergCorrected(values).compactMap { $0 },
        try row.numbers("benjamini_hochberg"), within: 1e-14)
    }
    #expect(benjaminiHochbergCorrected([nil, 0.5]) == [nil, 0.5])
  }

  @Test func powerAgreesWithStatsmodels() throws {
    for row in try fixture()["power"].cases {
      let ratio = try row.number("ratio")
      let power = PairedPower(deviation: 0.002).power(
        effect: 0.002 * ratio, count: try row.integer("count"))
      expectClose([power], [try row.number("power")], within: 1e-8)
    }
    for row in try fixture()["counts"].cases {
      let ratio = try row.number("ratio")
      #expect(PairedPower(deviation: 1).count(effect: -ratio) == (try row.integer("count")))
    }
    for row in try fixture()["detectable"].cases {
      let count = try row.integer("count")
      let effect = try #require(PairedPower(deviation: 0.01).detectableEffect(count: count))
      expectClose([effect], [0.01 * (try row.number("ratio"))], within: 1e-7)
    }
  }

  @Test func powerHasEdges() {
    #expect(PairedPower(deviation: 1).power(effect: 1, count: 1) == 0)
    #expect(PairedPower(deviation: 1).count(effect: 0) == nil)
    #expect(PairedPower(deviation: 1).count(effect: 1e-9) == nil)
    #expect(PairedPower(deviation: 0).count(effect: 0.1) == 2)
    #expect(PairedPower(deviation: 0).detectableEffect(count: 5) == 0)
    #expect(PairedPower(deviation: 1).detectableEffect(count: 1) == nil)
  }
}
