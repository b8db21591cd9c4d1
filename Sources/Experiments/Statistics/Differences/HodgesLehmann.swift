import Foundation

/// The Hodges-Lehmann estimate of the shift between paired values, with the interval that belongs to
/// Wilcoxon's signed-rank test (Hodges and Lehmann, Annals of Mathematical Statistics 34, 1963).
///
/// The estimate is the median of the Walsh averages (d_i + d_j) / 2 over i ≤ j. Unlike the mean, it
/// is hardly moved by one seed that went astray.
///
/// With the M = n(n+1)/2 averages in order, the interval reaches from the k-th to the k-th from the
/// end, where k is the largest number with 2 P(W⁺ ≤ k - 1) ≤ 1 - level: the shifts that the test does
/// not reject. For up to 100 differences the distribution of W⁺ is exact without ties; above, it is
/// the normal one with continuity correction. Ties make the interval wider than necessary.
public struct HodgesLehmann: Sendable, Equatable {
  private static let exactLimit = 100

  /// The estimate.
  public let shift: Double
  private let averages: [Double]
  private let count: Int

  /// Estimates the shift; nil if there are no differences.
  public init?(_ differences: [Double]) {
    guard !differences.isEmpty else { return nil }
    count = differences.count
    averages = differences.indices.flatMap { i in
      differences[...i].map { ($0 + differences[i]) / 2 }
    }.sorted()
    let middle = averages.count / 2
    shift =
      averages.count.isMultiple(of: 2)
      ? (averages[middle - 1] + averages[middle]) / 2 : averages[middle]
  }

  /// Returns a confidence interval of the shift; nil if there are too few differences to reach the
  /// level, such as fewer than six for 0.95.
  ///
  /// - Precondition: `level` is between 0 and 1.
  public func interval(level: Double = 0.95) -> ClosedRange<Double>? {
    precondition(level > 0 && level < 1, "a confidence level is between 0 and 1")
    let rejected = rejectedCount(1 - level)
    guard rejected > 0, rejected <= averages.count - rejected + 1 else { return nil }
    return averages[rejected - 1]...averages[averages.count - rejected]
  }

  /// Returns the largest k with 2 P(W⁺ ≤ k - 1) ≤ `probability`.
  private func rejectedCount(_ probability: Double) -> Int {
    let n = Double(count)
    guard count > Self.exactLimit else {
      let distribution = SignedRankDistribution(ranks: (1...count).map(Double.init))
      return (0..<averages.count).first {
        2 * distribution.probability(atMost: Double($0)) > probability
      } ?? 0
    }
    let deviation = (n * (n + 1) * (2 * n + 1) / 24).squareRoot()
    let z = NormalDistribution.quantile(twoSided: probability)
    return max(0, Int((n * (n + 1) / 4 - z * deviation - 0.5).rounded(.down)) + 1)
  }
}
