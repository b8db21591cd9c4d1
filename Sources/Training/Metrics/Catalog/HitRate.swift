extension Metric {
  /// The share of groups with a positive row among their first k.
  ///
  /// The share is over the groups with both classes, weighted equally. If m rows with equal scores,
  /// p of them positive, straddle rank k so that only c of them fit, a group counts as the share of
  /// their orders with a positive row among the c:
  ///
  ///     1 - Π_{i < c} (m - p - i) / (m - i)
  public static func hitRate(at k: Int) -> Metric {
    Metric(
      id: "hit@\(k)", title: "Hit@\(k)",
      explanation: "share of groups with a positive row among the first \(k)",
      source: "Deshpande and Karypis, TOIS 22, 2004; ties: McSherry and Najork, ECIR 2008",
      direction: .higher, range: 0...1, basis: .order, needsGroups: true,
      undefinedWhen: "the data set has no groups, or no group has both classes"
    ) { rows in
      rows.meanOverGroups { group in
        var rank = 0
        for tie in group.ties.reversed() {
          let count = tie.positives + tie.negatives
          if tie.positives > 0 {
            return 1
              - (0..<min(count, k - rank)).reduce(1.0) { miss, i in
                miss * Double(max(0, tie.negatives - i)) / Double(count - i)
              }
          }
          rank += count
          if rank >= k { break }
        }
        return 0
      }
    }
  }
}
