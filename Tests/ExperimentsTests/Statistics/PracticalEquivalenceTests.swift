import Experiments
import Testing

@Suite struct PracticalEquivalenceTests {
  @Test func correlatedTAgreesWithBaycomp() throws {
    for row in try StatisticsFixture("equivalence")["correlated"].cases {
      let found = try #require(
        PracticalEquivalence.correlatedT(
          try row.numbers("differences"), rope: try row.number("rope"),
          correlation: try row.number("correlation")))
      expectClose(
        [found.below, found.above], [try row.number("below"), try row.number("above")],
        within: 1e-12)
      expectClose([found.below + found.equivalent + found.above], [1], within: 1e-12)
    }
  }

  @Test func weightsOfRegionsAgreeWithBaycomp() throws {
    for row in try StatisticsFixture("equivalence")["signed_rank"].cases {
      let shares = PracticalEquivalence.signedRankShares(
        [0] + (try row.numbers("differences")), weights: try row.numbers("weights"),
        rope: try row.number("rope"))
      expectClose(
        [shares.below, shares.equivalent, shares.above], try row.numbers("shares"), within: 1e-12)
    }
  }

  /// Both sample the posterior, 50,000 and 200,000 times, so the standard error is below 0.003.
  @Test func signedRankAgreesWithBaycomp() throws {
    for row in try StatisticsFixture("equivalence")["signed_rank"].cases {
      let (differences, rope) = (try row.numbers("differences"), try row.number("rope"))
      let found = try #require(
        PracticalEquivalence.signedRank(differences, rope: rope, seed: 1))
      expectClose(
        [found.below, found.above], [try row.number("below"), try row.number("above")],
        within: 0.01)
      #expect(found == PracticalEquivalence.signedRank(differences, rope: rope, seed: 1))
    }
  }

  @Test func equalDifferencesAreCertain() {
    func certain(_ value: Double) -> PracticalEquivalence? {
      .correlatedT([value, value], rope: 0.01)
    }
    #expect(certain(0.02)?.above == 1)
    #expect(certain(-0.02)?.below == 1)
    #expect(certain(0.005)?.equivalent == 1)
    #expect(PracticalEquivalence.correlatedT([1], rope: 0) == nil)
    #expect(PracticalEquivalence.signedRank([], rope: 0) == nil)
  }
}
