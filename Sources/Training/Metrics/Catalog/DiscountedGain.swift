import Foundation

extension Metric {
  /// The normalized discounted cumulative gain of the first k rows of a group, averaged over
  /// groups.
  ///
  ///     DCG = Σ_{r ≤ k} y_r / log2(r + 1),    NDCG = DCG / (the DCG of positives first)
  ///
  /// over the groups with both classes, weighted equally. Rows with equal scores share the ranks
  /// that they occupy together, so the DCG is the mean over all their orders: each row counts as
  /// the share of positives among them (McSherry and Najork, ECIR 2008).
  public static func ndcg(at k: Int) -> Metric {
    let discounts = (1...k).map { 1 / log2(Double($0 + 1)) }
    /// The sums of the first 0, 1, …, k discounts.
    let sums = discounts.reduce(into: [0.0]) { $0.append(($0.last ?? 0) + $1) }
    return Metric(
      id: "ndcg@\(k)", title: "NDCG@\(k)",
      explanation: "normalized discounted cumulative gain of the first \(k) of a group",
      source: "Järvelin and Kekäläinen, TOIS 20, 2002; ties: McSherry and Najork, ECIR 2008",
      direction: .higher, range: 0...1, basis: .order, needsGroups: true,
      undefinedWhen: "the data set has no groups, or no group has both classes"
    ) { rows in
      rows.meanOverGroups { group in
        var gain = 0.0
        var rank = 0
        for tie in group.ties.reversed() {
          let count = tie.positives + tie.negatives
          if count == 1 {
            if tie.positives == 1 { gain += discounts[rank] }
          } else if tie.positives > 0 {
            let share = Double(tie.positives) / Double(count)
            gain += share * (sums[min(k, rank + count)] - sums[rank])
          }
          rank += count
          if rank >= k { break }
        }
        return gain / sums[min(k, group.positives)]
      }
    }
  }
}
