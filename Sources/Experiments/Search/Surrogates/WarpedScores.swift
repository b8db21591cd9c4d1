/// Returns scores for a Gaussian process: those from the median on as they are, relative to the
/// median and divided by their root mean square; those below by the normal quantile of their rank,
/// nil lowest of all.
///
///     t = (score - median) / √(mean of (score - median)² over the scores above)    from the median on
///     t = Φ⁻¹((rank - ½) / 2B)                                                     for the B below
///
/// Equal scores stay equal. If most scores are nil, the lowest score takes the median's place.
///
/// Source: Song et al., The Vizier Gaussian process bandit algorithm, 2024, section 4.2.
func warped(_ scores: [Double?]) -> [Double] {
  let order = scores.indices.sorted {
    (scores[$0] ?? -.infinity, $0) < (scores[$1] ?? -.infinity, $1)
  }
  let failed = scores.count { $0 == nil }
  guard failed < scores.count, let median = scores[order[max(scores.count / 2, failed)]] else {
    return scores.map { _ in 0 }
  }
  let squares = scores.compactMap(\.self).filter { $0 > median }
    .map { ($0 - median) * ($0 - median) }
  let spread =
    squares.isEmpty ? 1 : (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  let below = Double(scores.count { ($0 ?? -.infinity) < median })
  var result = [Double](repeating: 0, count: scores.count)
  for (position, index) in order.enumerated() {
    if let score = scores[index], score >= median {
      result[index] = (score - median) / spread
    } else if position > 0, scores[order[position - 1]] == scores[index] {
      result[index] = result[order[position - 1]]
    } else {
      result[index] = NormalDistribution.quantile((Double(position) + 0.5) / (2 * below))
    }
  }
  return result
}
