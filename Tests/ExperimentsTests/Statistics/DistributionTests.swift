import Experiments
import Testing

@Suite struct DistributionTests {
  @Test func normalAgreesWithSciPy() throws {
    let fixture = try StatisticsFixture("distributions")
    for row in try fixture["normal"].cases {
      let z = try row.number("z")
      expectClose(
        [NormalDistribution.probability(z), NormalDistribution.twoSidedProbability(beyond: z)],
        [try row.number("cumulative"), try row.number("two_sided")], within: 1e-14)
    }
    for row in try fixture["normal_quantiles"].cases {
      let z = NormalDistribution.quantile(twoSided: try row.number("probability"))
      expectClose([z], [try row.number("z")], within: 1e-10)
    }
    #expect(NormalDistribution.quantile(twoSided: 0) == .infinity)
  }

  @Test func chiSquaredAgreesWithSciPy() throws {
    for row in try StatisticsFixture("distributions")["chi_squared"].cases {
      let distribution = ChiSquaredDistribution(degreesOfFreedom: try row.integer("degrees"))
      expectClose(
        [distribution.probability(above: try row.number("x"))], [try row.number("probability")],
        within: 1e-13)
    }
    #expect(ChiSquaredDistribution(degreesOfFreedom: 3).probability(above: -1) == 1)
    #expect(ChiSquaredDistribution(degreesOfFreedom: 3).probability(above: .infinity) == 0)
  }

  @Test func fAgreesWithSciPy() throws {
    for row in try StatisticsFixture("distributions")["f"].cases {
      let distribution = FDistribution(
        numerator: try row.integer("numerator"), denominator: try row.integer("denominator"))
      expectClose(
        [distribution.probability(above: try row.number("x"))], [try row.number("probability")],
        within: 1e-13)
    }
    #expect(FDistribution(numerator: 2, denominator: 6).probability(above: .infinity) == 0)
    #expect(FDistribution(numerator: 2, denominator: 6).probability(above: 0) == 1)
  }

  @Test func studentizedRangeAgreesWithSciPy() throws {
    let fixture = try StatisticsFixture("distributions")
    for row in try fixture["studentized_range"].cases {
      let distribution = StudentizedRange(count: try row.integer("count"))
      expectClose(
        [distribution.probability(above: try row.number("range"))],
        [try row.number("probability")], within: 1e-9)
    }
    for row in try fixture["studentized_range_quantiles"].cases {
      let distribution = StudentizedRange(count: try row.integer("count"))
      expectClose(
        [distribution.quantile(above: try row.number("probability"))], [try row.number("range")],
        within: 1e-7)
    }
  }

  @Test func tAgreesWithSciPy() throws {
    for row in try StatisticsFixture("distributions")["student"].cases {
      let distribution = StudentT(degreesOfFreedom: try row.integer("degrees"))
      expectClose(
        [distribution.cumulative(try row.number("t"))], [try row.number("cumulative")],
        within: 1e-13)
    }
  }

  @Test func noncentralTAgreesWithSciPy() throws {
    for row in try StatisticsFixture("distributions")["noncentral_t"].cases {
      let distribution = NoncentralT(
        degreesOfFreedom: try row.integer("degrees"),
        noncentrality: try row.number("noncentrality"))
      expectClose(
        [distribution.cumulative(try row.number("t"))], [try row.number("cumulative")],
        within: 1e-9)
    }
  }

  /// Without noncentrality it is Student's distribution, even with a million degrees of freedom.
  @Test func noncentralTIsCentralAtZero() {
    for degrees in [1, 5, 1_000_000] {
      let central = StudentT(degreesOfFreedom: degrees).cumulative(1.3)
      let other = NoncentralT(degreesOfFreedom: degrees, noncentrality: 0).cumulative(1.3)
      expectClose([other], [central], within: 1e-8)
    }
  }
}
