extension Metric {
  /// The share of groups that have a positive row among their first k.
  ///
  /// Over the groups that have both classes, each weighing the same. Where m rows of equal score, p of
  /// them positive, lie across rank k and c of them fit, a group counts by the share of their orders
  /// that put a positive row among the c:
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
