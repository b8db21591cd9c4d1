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

/// Returns p-values corrected for the rate of false discoveries (Benjamini and Hochberg, 1995): the
/// i-th smallest of m is multiplied by m / i, and none exceeds the one after it.
///
/// Of the differences declared at level α, at most the share α is expected to be none, if tests are
/// independent or positively dependent; Holm's method bounds the probability of a single one.
/// Undefined p-values remain undefined and do not count.
public func benjaminiHochbergCorrected(_ probabilities: [Double?]) -> [Double?] {
  let order = probabilities.indices.filter { probabilities[$0] != nil }
    .sorted { (probabilities[$0] ?? 0, $0) < (probabilities[$1] ?? 0, $1) }
  var result = probabilities
  var smallest = 1.0
  for (rank, index) in order.enumerated().reversed() {
    let scaled = (probabilities[index] ?? 0) * Double(order.count) / Double(rank + 1)
    smallest = min(smallest, scaled)
    result[index] = smallest
  }
  return result
}
