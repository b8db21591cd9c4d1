/// Two rows compared over their common seeds.
public struct PairedComparison: Sendable, Equatable {
  /// The differences, row minus reference.
  public let difference: Summary

  /// The two-sided p-value of a paired t-test with n - 1 degrees of freedom: the probability of a
  /// mean difference at least this far from zero if seeds differ by chance only.
  ///
  /// Nil for fewer than two pairs, and if all differences are equal (but for rounding, a relative 1e-13
  /// of the values), when the statistic t = mean / (deviation / √n) is undefined.
  public let probability: Double?

  /// Compares paired values; nil if there are none.
  ///
  /// - Precondition: both have the same number of values.
  public init?(_ values: [Double], reference: [Double]) {
    precondition(values.count == reference.count, "values are not paired")
    guard let difference = Summary(zip(values, reference).map { $0 - $1 }) else { return nil }
    self.difference = difference
    let largest = (values + reference).reduce(0) { max($0, abs($1)) }
    if let deviation = difference.deviation, deviation > 1e-13 * largest {
      let t = difference.mean / (deviation / Double(difference.count).squareRoot())
      probability = StudentT(degreesOfFreedom: difference.count - 1).twoSidedProbability(beyond: t)
    } else {
      probability = nil
    }
  }

  /// Returns a confidence interval of the mean difference, mean ± t · s / √n with n - 1 degrees of
  /// freedom; nil for fewer than two pairs.
  ///
  /// - Parameter level: The confidence level.
  public func interval(level: Double = 0.95) -> ClosedRange<Double>? {
    difference.confidenceHalfWidth(level).map { difference.mean - $0...difference.mean + $0 }
  }
}
