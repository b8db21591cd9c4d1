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
}

/// Two rows compared over their common seeds.
public struct PairedComparison: Sendable, Equatable {
  /// The differences, row minus reference.
  public let difference: Summary

  /// The two-sided p-value of a paired t-test with n - 1 degrees of freedom: the probability of a
  /// mean difference at least this far from zero if seeds differ by chance only.
  ///
  /// Nil for fewer than two pairs, and if all differences are equal, when the statistic
  /// t = mean / (deviation / √n) is undefined.
  public let probability: Double?

  /// Compares paired values; nil if there are none.
  ///
  /// - Precondition: both have the same number of values.
  public init?(_ values: [Double], reference: [Double]) {
    precondition(values.count == reference.count, "values are not paired")
    guard let difference = Summary(zip(values, reference).map { $0 - $1 }) else { return nil }
    self.difference = difference
    if let deviation = difference.deviation, deviation > 0 {
      let t = difference.mean / (deviation / Double(difference.count).squareRoot())
      probability = StudentT(degreesOfFreedom: difference.count - 1).twoSidedProbability(beyond: t)
    } else {
      probability = nil
    }
  }
}

/// Returns p-values corrected for multiple comparisons (Holm, 1979): the i-th smallest of m is
/// multiplied by m - i + 1, none becomes smaller than the one before it, and none exceeds 1.
///
/// Undefined p-values remain undefined and do not count.
public func holmCorrected(_ probabilities: [Double?]) -> [Double?] {
  let order = probabilities.indices.filter { probabilities[$0] != nil }
    .sorted { (probabilities[$0] ?? 0, $0) < (probabilities[$1] ?? 0, $1) }
  var result = probabilities
  var largest = 0.0
  for (rank, index) in order.enumerated() {
    largest = max(largest, min(1, (probabilities[index] ?? 0) * Double(order.count - rank)))
    result[index] = largest
  }
  return result
}

/// Student's t distribution with a whole number of degrees of freedom.
///
/// Reference: Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.3 and 26.7.4:
/// finite sums in the angle whose tangent is t / √ν, exact up to rounding.
public struct StudentT: Sendable {
  /// The degrees of freedom.
  public let degreesOfFreedom: Int

  /// Creates the distribution.
  ///
  /// - Precondition: `degreesOfFreedom > 0`.
  public init(degreesOfFreedom: Int) {
    precondition(degreesOfFreedom > 0, "a t distribution needs a degree of freedom")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// Returns the probability of a value at least as far from zero as `t`, in either direction.
  ///
  /// The absolute error is below 1e-14; results are never negative.
  public func twoSidedProbability(beyond t: Double) -> Double {
    guard t.isFinite else { return t.isNaN ? .nan : 0 }
    let ratio = abs(t) / Double(degreesOfFreedom).squareRoot()
    let angle = atan(ratio)
    let cosine = 1 / (1 + ratio * ratio).squareRoot()
    let sine = ratio * cosine
    let isOdd = !degreesOfFreedom.isMultiple(of: 2)
    // Terms of cosine^k times a product of ratios of consecutive whole numbers.
    var term = isOdd ? cosine : 1
    var sum = degreesOfFreedom > 1 ? term : 0
    for k in stride(from: isOdd ? 3 : 2, to: degreesOfFreedom, by: 2) {
      term *= cosine * cosine * Double(k - 1) / Double(k)
      sum += term
    }
    let within = isOdd ? 2 / Double.pi * (angle + sine * sum) : sine * sum
    return max(0, 1 - within)
  }

  /// Returns the value beyond which, in either direction, lies the given probability.
  ///
  /// Found by bisection, to a relative error below 1e-12; infinite for a probability of 0.
  ///
  /// - Precondition: `0...1` contains `probability`.
  public func quantile(twoSided probability: Double) -> Double {
    precondition((0...1).contains(probability), "a probability is from 0 to 1")
    if probability == 0 { return .infinity }
    var (low, high) = (0.0, 1.0)
    while twoSidedProbability(beyond: high) > probability, high < 1e300 { high *= 2 }
    while high - low > 1e-13 * high {
      let middle = (low + high) / 2
      if middle == low || middle == high { break }
      if twoSidedProbability(beyond: middle) > probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
