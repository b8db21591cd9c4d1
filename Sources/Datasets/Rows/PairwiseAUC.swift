import TensorCore

/// The AUC of rows that are positive and negative to a degree, added in increasing order of score.
///
/// `AUC = Σ_{i≠j} a_i b_j ([s_i > s_j] + ½ [s_i = s_j]) / Σ_{i≠j} a_i b_j`
///
/// with positive weights `a` and negative weights `b = 1 − a`. With labels as weights this is the
/// exact AUC with ties, whatever their order: all sums are whole numbers. If the weights are the
/// probabilities from which independent labels are drawn, the numerator and the denominator are the
/// expected numbers of ordered pairs and of all pairs; of all scores, the probabilities themselves
/// give the largest value, which is the best reachable AUC.
package struct PairwiseAUC {
  private var ordered = 0.0
  private var positives = 0.0
  private var negatives = 0.0

  /// The contribution of pairs of a row with itself to the product of the sums: `Σ_i a_i b_i`.
  private var pairsOfOneRow = 0.0

  /// Creates the AUC of no rows.
  package init() {}

  /// The AUC; nil if no pair has a positive weight: one class only, or fewer than two rows.
  package var value: Double? { value(positives: positives, negatives: negatives) }

  /// Adds rows with the next higher score, given by their numbers.
  package mutating func add(positives: Int, negatives: Int) {
    add(positives: Double(positives), negatives: Double(negatives), pairsOfOneRow: 0)
  }

  /// Adds rows with the next higher score, given by the sums of their weights.
  fileprivate mutating func add(positives: Double, negatives: Double, pairsOfOneRow: Double) {
    ordered += positives * self.negatives + 0.5 * (positives * negatives - pairsOfOneRow)
    self.positives += positives
    self.negatives += negatives
    self.pairsOfOneRow += pairsOfOneRow
  }

  /// Returns the AUC for weights that were summed in another order.
  fileprivate func value(positives: Double, negatives: Double) -> Double? {
    let all = positives * negatives - pairsOfOneRow
    return all > 1e-12 ? ordered / all : nil
  }
}

/// Returns the AUC of scores where every row is positive to a degree; see ``PairwiseAUC``.
///
/// - Returns: nil if no pair has a positive weight: one class only, or fewer than two rows.
/// - Complexity: O(n log n).
package func pairwiseAUC(scores: [Double], positiveWeights: [Double]) -> Double? {
  let order = scores.indices.sorted { scores[$0] < scores[$1] }
  var auc = PairwiseAUC()
  var start = 0
  while start < order.count {
    var end = start
    var (positives, negatives, pairsOfOneRow) = (0.0, 0.0, 0.0)
    while end < order.count, scores[order[end]] == scores[order[start]] {
      let weight = positiveWeights[order[end]]
      positives += weight
      negatives += 1 - weight
      pairsOfOneRow += weight * (1 - weight)
      end += 1
    }
    auc.add(positives: positives, negatives: negatives, pairsOfOneRow: pairsOfOneRow)
    start = end
  }
  // Summed in row order, the number of pairs is the same for all scores.
  let positives = positiveWeights.reduce(0, +)
  return auc.value(positives: positives, negatives: Double(scores.count) - positives)
}

/// Returns the AUC of scores and labels; see ``PairwiseAUC``.
///
/// - Returns: nil if there is only one class.
/// - Complexity: O(n), by radix sort.
package func pairwiseAUC(scores: [Float], labels: [Bool]) -> Double? {
  var keys = zip(scores, labels).map { UInt64(rank(of: $0)) << 1 | ($1 ? 1 : 0) }
  radixSort(&keys, by: 0..<33)
  var auc = PairwiseAUC()
  var start = 0
  while start < keys.count {
    var (end, positives) = (start, 0)
    while end < keys.count, keys[end] >> 1 == keys[start] >> 1 {
      positives += Int(keys[end] & 1)
      end += 1
    }
    auc.add(positives: positives, negatives: end - start - positives)
    start = end
  }
  return auc.value
}

/// Returns a number that increases with the score; both zeros have the same number.
private func rank(of score: Float) -> UInt32 {
  let bits = (score + 0).bitPattern
  return bits >> 31 == 1 ? ~bits : bits | 1 << 31
}
