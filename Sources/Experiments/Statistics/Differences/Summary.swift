import Foundation

/// The mean and the spread of some values.
public struct Summary: Sendable, Equatable {
  /// The number of values.
  public let count: Int
  /// The mean.
  public let mean: Double
  /// The sample standard deviation, with divisor n - 1; nil for fewer than two values.
  public let deviation: Double?

  /// Creates the summary; nil if there are no values.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    count = values.count
    self.mean = mean
    deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil
  }

  /// Returns half of the width of a confidence interval of the mean, t · s / √n with the quantile t
  /// of Student's distribution; nil for fewer than two values.
  ///
  /// - Parameter level: The confidence level, such as 0.95.
  public func confidenceHalfWidth(_ level: Double) -> Double? {
    guard let deviation else { return nil }
    let t = StudentT(degreesOfFreedom: count - 1).quantile(twoSided: 1 - level)
    return t * deviation / Double(count).squareRoot()
  }

  /// Returns a confidence interval of the standard deviation of the population that the values are
  /// drawn from; nil for fewer than two values.
  ///
  ///     s √((n - 1) / χ²(α/2)) … s √((n - 1) / χ²(1 - α/2))
  ///
  /// with the values χ²(p) above which lies p of the chi-squared distribution of n - 1 degrees of
  /// freedom, and α = 1 - level. It holds for normal values, and unlike intervals of means it does
  /// not come to hold for others by their number.
  ///
  /// - Parameter level: The confidence level, such as 0.95.
  public func deviationInterval(_ level: Double) -> ClosedRange<Double>? {
    guard let deviation else { return nil }
    let distribution = ChiSquaredDistribution(degreesOfFreedom: count - 1)
    func bound(_ probability: Double) -> Double {
      deviation * (Double(count - 1) / distribution.quantile(above: probability)).squareRoot()
    }
    return bound((1 - level) / 2)...bound((1 + level) / 2)
  }
}
