/// A number with a standard error, whose error is taken to be normal.
public struct NormalEstimate: Sendable, Equatable {
  /// The number.
  public let value: Double
  /// Its standard error.
  public let standardError: Double

  /// Creates an estimate.
  ///
  /// - Precondition: `standardError` is not negative.
  public init(value: Double, standardError: Double) {
    precondition(standardError >= 0, "a standard error is not negative")
    (self.value, self.standardError) = (value, standardError)
  }

  /// Returns the interval value ± z · standard error, which is not cut off at the bounds of a metric.
  public func interval(level: Double = 0.95) -> ClosedRange<Double> {
    let half = NormalDistribution.quantile(twoSided: 1 - level) * standardError
    return value - half...value + half
  }

  /// The two-sided p-value of the hypothesis that the true number is 0; nil without an error.
  public var probability: Double? {
    standardError > 0 ? NormalDistribution.twoSidedProbability(beyond: value / standardError) : nil
  }

  /// Returns the mean of independent estimates, with the standard error √(Σ e²) / k; nil if there
  /// are none.
  public static func mean(ofIndependent estimates: [NormalEstimate]) -> NormalEstimate? {
    guard !estimates.isEmpty else { return nil }
    let count = Double(estimates.count)
    let variance = estimates.reduce(0) { $0 + $1.standardError * $1.standardError }
    return NormalEstimate(
      value: estimates.reduce(0) { $0 + $1.value } / count,
      standardError: variance.squareRoot() / count)
  }
}
