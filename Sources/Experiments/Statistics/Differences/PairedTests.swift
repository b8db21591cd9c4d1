/// All that is said about the differences of two rows over their common seeds.
///
/// Differences that are the same on all seeds, or of one seed only, do not tell how much seeds differ: then
/// nothing is tested, and there are no intervals.
package struct PairedTests: Sendable, Equatable {
  /// The differences, in the order of the seeds.
  package let differences: [Double]
  /// The mean difference with the paired t-test.
  package let comparison: PairedComparison
  /// Wilcoxon's test; nil without a spread.
  package let signedRank: SignedRankTest?
  /// The permutation test; nil without a spread.
  package let permutation: PermutationTest?
  /// The median of averages of differences.
  package let shift: HodgesLehmann
  /// The difference that matters.
  package let effect: Double

  /// Tests paired values; nil if there are none.
  ///
  /// - Parameters:
  ///   - values: The values of the row.
  ///   - reference: Those of the row that it is compared with.
  ///   - effect: The smallest difference that matters: half the width of the region of practical
  ///     equivalence, and the difference that is to be found.
  /// - Precondition: both have the same number of values.
  package init?(_ values: [Double], reference: [Double], effect: Double = 0.001) {
    let differences = zip(values, reference).map { $0 - $1 }
    guard let comparison = PairedComparison(values, reference: reference),
      let shift = HodgesLehmann(differences)
    else { return nil }
    self.differences = differences
    self.comparison = comparison
    self.shift = shift
    self.effect = effect
    let hasSpread = comparison.probability != nil
    signedRank = hasSpread ? SignedRankTest(differences) : nil
    permutation = hasSpread ? PermutationTest(differences) : nil
  }

  /// Whether the differences tell how much seeds spread: there are two that are not equal.
  private var hasSpread: Bool { comparison.probability != nil }

  /// A 95 % interval of the mean difference; nil without a spread.
  package var interval: ClosedRange<Double>? { hasSpread ? comparison.interval() : nil }

  /// A 95 % interval of the shift; nil without a spread, and for fewer than six differences.
  package var shiftInterval: ClosedRange<Double>? { hasSpread ? shift.interval() : nil }

  /// The posterior of the mean difference, below, within and above the difference that matters; nil
  /// without a spread.
  package var equivalence: PracticalEquivalence? {
    hasSpread ? .correlatedT(differences, rope: effect) : nil
  }

  private var power: PairedPower? {
    hasSpread ? comparison.difference.deviation.map { PairedPower(deviation: $0) } : nil
  }

  /// The number of seeds that find the difference that matters with power 0.8, if seeds go on to spread
  /// as they do; nil without a spread.
  package var neededSeeds: Int? { power?.count(effect: effect) }

  /// The least difference that the seeds at hand find with power 0.8; nil without a spread.
  package var detectableEffect: Double? {
    power?.detectableEffect(count: differences.count)
  }

  /// The least p-value that the exact tests can give with so many pairs, corrected by Holm's method over
  /// a number of rows m: m · 2 / 2ⁿ, at most 1.
  package static func leastProbability(pairs: Int, rows: Int = 1) -> Double {
    pairs > 60 ? 0 : min(1, Double(max(1, rows)) * 2 / Double(1 << pairs))
  }

  /// The p-values of a row of a table.
  package struct Probabilities: Sendable, Equatable {
    /// Those of the t-test, of Wilcoxon's test and of the permutation test; nil where there is no test.
    package let t, signedRank, permutation: Double?
  }

  /// Returns the p-values of the rows of a table, those of every test corrected by Holm's method over
  /// the rows that have one.
  package static func corrected(_ rows: [PairedTests]) -> [Probabilities] {
    let t = holmCorrected(rows.map(\.comparison.probability))
    let ranks = holmCorrected(rows.map { $0.signedRank?.probability })
    let signs = holmCorrected(rows.map { $0.permutation?.probability })
    return rows.indices.map {
      Probabilities(t: t[$0], signedRank: ranks[$0], permutation: signs[$0])
    }
  }
}
