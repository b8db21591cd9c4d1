import Configuration
import Experiments
import Foundation
import TestKit
import Testing

@Suite struct PairedComparisonTests {
  private static let fixtures = Result {
    try ConfigurationValue(
      json: String(
        contentsOfFile: FixtureFolder.path("experiments/paired_tests.json"), encoding: .utf8))
  }

  private func list(_ key: String) throws -> [ConfigurationValue] {
    guard case .list(let values)? = try Self.fixtures.get()[key] else { return [] }
    return values
  }

  private func number(_ value: ConfigurationValue, _ key: String) throws -> Double {
    try #require(value[key].flatMap(Double.init(configuration:)))
  }

  @Test func tailsAgreeWithSciPy() throws {
    let tails = try list("tails")
    #expect(tails.count == 99)
    for tail in tails {
      let probability = StudentT(degreesOfFreedom: Int(try number(tail, "degrees")))
        .twoSidedProbability(beyond: try number(tail, "t"))
      #expect(abs(probability - (try number(tail, "probability"))) < 1e-13)
    }
  }

  @Test func pairedTestsAgreeWithSciPy() throws {
    let pairs = try list("pairs")
    #expect(pairs.count == 15)
    for pair in pairs {
      let values = try #require(pair["values"].flatMap([Double].init(configuration:)))
      let reference = try #require(pair["reference"].flatMap([Double].init(configuration:)))
      let comparison = try #require(PairedComparison(values, reference: reference))
      #expect(abs(comparison.difference.mean - (try number(pair, "mean"))) < 1e-14)
      let deviation = try #require(comparison.difference.deviation)
      #expect(abs(deviation - (try number(pair, "deviation"))) < 1e-14)
      let probability = try #require(comparison.probability)
      #expect(abs(probability - (try number(pair, "probability"))) < 1e-10)
    }
  }

  @Test func leavesUndefinedWhatIs() {
    #expect(PairedComparison([], reference: []) == nil)
    #expect(PairedComparison([1], reference: [0.5])?.probability == nil)
    #expect(PairedComparison([2, 3], reference: [1, 2])?.probability == nil)
    #expect(Summary([]) == nil)
    #expect(Summary([2])?.deviation == nil)
  }

  @Test func deviationHasDivisorOneLess() {
    #expect(Summary([1, 2, 3, 4])?.deviation == (5.0 / 3).squareRoot())
  }

  @Test func intervalsOfDeviationsAgreeWithSciPy() throws {
    let fixture = try StatisticsFixture("spread")
    for row in try fixture["intervals"].cases {
      let summary = try #require(Summary(try row.numbers("values")))
      let interval = try #require(summary.deviationInterval(try row.number("level")))
      let deviation = try #require(summary.deviation)
      expectClose(
        [deviation, interval.lowerBound, interval.upperBound],
        try [row.number("deviation")] + row.numbers("interval"), within: 1e-11)
    }
    for row in try fixture["chi_squared_quantiles"].cases {
      let distribution = ChiSquaredDistribution(degreesOfFreedom: try row.integer("degrees"))
      let x = try row.number("x")
      let found = distribution.quantile(above: try row.number("probability"))
      expectClose([found / x], [1], within: 1e-10)
    }
    #expect(Summary([2])?.deviationInterval(0.95) == nil)
    #expect(Summary([2, 2, 2])?.deviationInterval(0.95) == 0...0)
  }

  /// By hand: 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, then made to grow.
  @Test func holmMultipliesBySteps() throws {
    let corrected = holmCorrected([0.03, nil, 0.01, 0.04, 0.02])
    let expected: [Double?] = [0.06, nil, 0.04, 0.06, 0.06]
    for (a, b) in zip(corrected, expected) {
      #expect((a == nil) == (b == nil))
      if let a, let b { #expect(abs(a - b) < 1e-15) }
    }
    #expect(holmCorrected([0.6, 0.9]) == [1, 1])
  }
}
