import TensorCore

/// The posterior probabilities that a difference is below, within or above the region of practical
/// equivalence, from -rope to rope.
///
/// Source: Benavoli, Corani, Demšar and Zaffalon, "Time for a change", JMLR 18 (2017). Unlike a
/// p-value, ``equivalent`` can say that rows are the same for all practical purposes.
public struct PracticalEquivalence: Sendable, Equatable {
  /// The probability of a difference below -rope.
  public let below: Double
  /// The probability of a difference within the region.
  public let equivalent: Double
  /// The probability of a difference above rope.
  public let above: Double

  /// Returns the probabilities by the Bayesian correlated t-test.
  ///
  /// The mean difference has a posterior t distribution with n - 1 degrees of freedom, at the observed
  /// mean, with the squared scale
  ///
  ///     s² (1/n + ρ / (1 - ρ))
  ///
  /// (Corani and Benavoli, Machine Learning 100, 2015). Nil for fewer than two differences. If all are
  /// equal, the posterior is that one value.
  ///
  /// - Parameters:
  ///   - differences: The paired differences.
  ///   - rope: Half the width of the region.
  ///   - correlation: ρ, which is 0 for independent seeds on one split, and the share of test rows for
  ///     repeated cross-validation.
  /// - Precondition: `rope` is not negative, and `0..<1` contains `correlation`.
  public static func correlatedT(
    _ differences: [Double], rope: Double, correlation: Double = 0
  ) -> PracticalEquivalence? {
    precondition(rope >= 0 && (0..<1).contains(correlation), "an impossible posterior")
    guard let summary = Summary(differences), let deviation = summary.deviation else { return nil }
    let factor = 1 / Double(summary.count) + correlation / (1 - correlation)
    let scale = deviation * factor.squareRoot()
    guard scale > 0 else {
      let side = (below: summary.mean < -rope, above: summary.mean > rope)
      return PracticalEquivalence(
        below: side.below ? 1 : 0, equivalent: side.below || side.above ? 0 : 1,
        above: side.above ? 1 : 0)
    }
    let t = StudentT(degreesOfFreedom: summary.count - 1)
    let below = t.cumulative((-rope - summary.mean) / scale)
    let above = t.cumulative((summary.mean - rope) / scale)
    return PracticalEquivalence(below: below, equivalent: max(0, 1 - below - above), above: above)
  }

  /// Returns the probabilities by the Bayesian signed-rank test (Benavoli et al., ICML 2014): the
  /// share of draws from the posterior in which a region has the largest weight.
  ///
  /// The posterior is a Dirichlet process over the differences, with a prior of weight 1/2 at zero. A
  /// draw gives every difference a random weight, and a region the weight of the pairs whose sum is in
  /// twice the region, as ``signedRankShares(_:weights:rope:)`` does. Of regions with the same
  /// weight, the lower one counts. Nil if there are no differences. With a rope of 0, nothing is
  /// equivalent: pairs with the sum zero count half on either side.
  ///
  /// - Parameters:
  ///   - differences: The differences, one per data set or cell.
  ///   - rope: Half the width of the region.
  ///   - draws: The number of draws.
  ///   - seed: The seed of the stream `statistics/signed-rank` that they come from.
  /// - Precondition: `rope` is not negative, `draws > 0`.
  public static func signedRank(
    _ differences: [Double], rope: Double, draws: Int = 50_000, seed: UInt64 = 0
  ) -> PracticalEquivalence? {
    precondition(rope >= 0 && draws > 0, "an impossible posterior")
    guard !differences.isEmpty else { return nil }
    let values = [0] + differences
    var stream = RandomStreams(seed: seed)["statistics/signed-rank"]
    var wins = (below: 0, equivalent: 0, above: 0)
    for _ in 0..<draws {
      // Gamma variates with shapes 1/2 and 1, whose shares are a Dirichlet variate.
      let normal = stream.normal()
      var weights = [normal * normal / 2]
      for _ in differences { weights.append(-(1 - stream.uniform()).naturalLogarithm) }
      let total = weights.reduce(0, +)
      let shares = signedRankShares(values, weights: weights.map { $0 / total }, rope: rope)
      if shares.below >= max(shares.equivalent, shares.above) {
        wins.below += 1
      } else if shares.equivalent >= shares.above {
        wins.equivalent += 1
      } else {
        wins.above += 1
      }
    }
    func share(_ count: Int) -> Double { Double(count) / Double(draws) }
    return PracticalEquivalence(
      below: share(wins.below), equivalent: share(wins.equivalent), above: share(wins.above))
  }

  /// Returns the weight of each region in one draw: Σ_ij w_i w_j over the pairs with
  /// d_i + d_j below -2 rope, between, and above 2 rope; pairs on a border count half on each side.
  ///
  /// - Parameters:
  ///   - values: The differences d, the prior's zero among them.
  ///   - weights: Their weights, which add up to 1.
  ///   - rope: Half the width of the region.
  /// - Precondition: there are as many weights as values.
  public static func signedRankShares(
    _ values: [Double], weights: [Double], rope: Double
  ) -> PracticalEquivalence {
    precondition(values.count == weights.count, "a weight for every difference")
    var (below, above) = (0.0, 0.0)
    for i in values.indices {
      for j in 0...i {
        let sum = values[i] + values[j]
        let weight = (i == j ? 1 : 2) * weights[i] * weights[j]
        if sum > 2 * rope { above += weight } else if sum == 2 * rope { above += weight / 2 }
        if sum < -2 * rope { below += weight } else if sum == -2 * rope { below += weight / 2 }
      }
    }
    return PracticalEquivalence(below: below, equivalent: 1 - below - above, above: above)
  }
}
