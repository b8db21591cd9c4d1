/// Returns the AUC of scores where every row is positive and negative to a degree.
///
/// `AUC = Σ_{i≠j} a_i b_j ([s_i > s_j] + ½ [s_i = s_j]) / Σ_{i≠j} a_i b_j`
///
/// with positive weights `a` and negative weights `b = 1 − a`. With labels as weights this is the
/// exact AUC with ties. With the probabilities that independent labels are drawn from, numerator
/// and denominator are the expected numbers of ordered and of all pairs; among all scores, the
/// probabilities themselves give the largest value, which is the best reachable AUC.
///
/// - Returns: nil where no pair has a weight: one class only, or fewer than two rows.
/// - Complexity: O(n log n).
package func pairwiseAUC(scores: [Double], positiveWeights: [Double]) -> Double? {
  let order = scores.indices.sorted { scores[$0] < scores[$1] }
  var ordered = 0.0
  var all = 0.0
  var negativesBelow = 0.0
  var start = 0
  while start < order.count {
    var end = start
    var positives = 0.0
    var negatives = 0.0
    var own = 0.0
    while end < order.count, scores[order[end]] == scores[order[start]] {
      let weight = positiveWeights[order[end]]
      positives += weight
      negatives += 1 - weight
      own += weight * (1 - weight)
      end += 1
    }
    ordered += positives * negativesBelow + 0.5 * (positives * negatives - own)
    all -= own
    negativesBelow += negatives
    start = end
  }
  let positives = positiveWeights.reduce(0, +)
  all += positives * (Double(scores.count) - positives)
  return all > 1e-12 ? ordered / all : nil
}
