import Foundation

/// Wilcoxon's signed-rank test of paired differences (Biometrics Bulletin 1, 1945).
///
/// The statistic is the sum of the ranks of positive differences among all by their absolute values:
///
///     W⁺ = Σ_{d_i > 0} rank(|d_i|)
///
/// - Differences of zero are left out. Equal absolute values share the mean of their ranks.
/// - For up to 50 differences the p-value is exact: that of W⁺ over all assignments of signs to the
///   ranks at hand, ties included. SciPy's exact p-value does not take ties into account.
/// - Above, W⁺ is compared with a normal distribution of mean n(n+1)/4 and variance
///   n(n+1)(2n+1)/24 - Σ(t³-t)/48 over ties of t values, without continuity correction.
///
/// With n differences no exact p-value is below 2 / 2ⁿ, so five seeds cannot reach .05.
public struct SignedRankTest: Sendable, Equatable {
  /// The largest number of differences for which the p-value is exact.
  public static let exactLimit = 50

  /// The number of differences that are not zero.
  public let count: Int
  /// The sum of the ranks of positive differences.
  public let positiveRankSum: Double
  /// The two-sided p-value.
  public let probability: Double

  /// Whether the p-value is exact.
  public var isExact: Bool { count <= Self.exactLimit }

  /// Tests differences; nil if none differs from zero.
  public init?(_ differences: [Double]) {
    let nonzero = differences.filter { $0 != 0 }
    guard !nonzero.isEmpty else { return nil }
    count = nonzero.count
    let ranks = averageRanks(nonzero.map(abs))
    positiveRankSum = zip(nonzero, ranks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
    if count <= Self.exactLimit {
      let distribution = SignedRankDistribution(ranks: ranks)
      let rankSum = ranks.reduce(0, +)
      probability = distribution.probability(
        atMost: min(positiveRankSum, rankSum - positiveRankSum), twoSided: true)
    } else {
      let n = Double(count)
      let ties = Dictionary(grouping: ranks) { $0 }.values.map { Double($0.count) }.sorted()
      let tied = ties.reduce(0) { $0 + ($1 * $1 * $1 - $1) }
      let variance = n * (n + 1) * (2 * n + 1) / 24 - tied / 48
      let z = (positiveRankSum - n * (n + 1) / 4) / variance.squareRoot()
      probability = NormalDistribution.twoSidedProbability(beyond: z)
    }
  }
}

/// The distribution of the sum of those ranks whose sign is positive, if every sign is equally
/// likely and independent.
struct SignedRankDistribution {
  /// The probability of every sum of twice the ranks, which are whole numbers.
  private let probabilities: [Double]

  /// Creates the distribution, in O(n · sum of ranks).
  ///
  /// - Parameter ranks: Ranks, which may be halves.
  init(ranks: [Double]) {
    let doubled = ranks.map { Int((2 * $0).rounded()) }
    var probabilities = [Double](repeating: 0, count: doubled.reduce(0, +) + 1)
    probabilities[0] = 1
    var reached = 0
    for rank in doubled {
      reached += rank
      for sum in stride(from: reached, through: 0, by: -1) {
        let added = sum >= rank ? probabilities[sum - rank] : 0
        probabilities[sum] = (probabilities[sum] + added) / 2
      }
    }
    self.probabilities = probabilities
  }

  /// Returns the probability of a sum of at most `sum`, or, two-sided, of a sum at least as far from
  /// the middle, of at most 1.
  func probability(atMost sum: Double, twoSided: Bool = false) -> Double {
    let last = Int((2 * sum).rounded(.down))
    guard last >= 0 else { return 0 }
    let tail = probabilities.prefix(last + 1).reduce(0, +)
    return min(1, twoSided ? 2 * tail : tail)
  }
}

/// Returns the ranks of values from 1, the smallest first; equal values share the mean of their
/// ranks.
func averageRanks(_ values: [Double]) -> [Double] {
  let order = values.indices.sorted { values[$0] < values[$1] }
  var ranks = [Double](repeating: 0, count: values.count)
  var start = 0
  while start < order.count {
    var end = start + 1
    while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
    for place in start..<end { ranks[order[place]] = Double(start + 1 + end) / 2 }
    start = end
  }
  return ranks
}
