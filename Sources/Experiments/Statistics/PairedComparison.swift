/// Two rows compared over the seeds that both have.
public struct PairedComparison: Sendable, Equatable {
  /// The differences, row minus reference.
  public let difference: Summary

  /// The probability of a mean difference at least this far from zero if seeds differ by chance only:
  /// two-sided paired t-test with n - 1 degrees of freedom.
  ///
  /// Nil for fewer than two pairs, and where all differences are equal: there the statistic
  /// t = mean / (deviation / √n) is not defined.
  public let probability: Double?

  /// Compares paired values; nil where there are none.
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

/// Returns probabilities corrected for being one of several (Holm, 1979): the i-th smallest of m is
/// multiplied by m - i + 1, none becomes smaller than the one before it, and none exceeds 1.
///
/// Undefined probabilities stay undefined and do not count.
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
