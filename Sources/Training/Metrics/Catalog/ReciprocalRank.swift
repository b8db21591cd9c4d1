extension Metric {
  /// The reciprocal rank of the first positive row of a group, averaged over groups.
  ///
  /// The mean is over the groups with both classes, weighted equally. If m rows with equal scores,
  /// p of them positive, follow a negative rows, the reciprocal rank is its mean over all orders of
  /// the m rows:
  ///
  ///     Σ_{j ≥ 1} P(j) / (a + j),    P(1) = p / m,    P(j + 1) = P(j) · (m - j - p + 1) / (m - j)
  public static let reciprocalRank = Metric(
    id: "mrr", title: "MRR",
    explanation: "mean reciprocal rank of the first positive row of a group",
    source: "Voorhees, TREC-8, 1999; ties: McSherry and Najork, ECIR 2008", direction: .higher,
    range: 0...1, basis: .order, needsGroups: true,
    undefinedWhen: "the data set has no groups, or no group has both classes"
  ) { rows in
    rows.meanOverGroups { group in
      var before = 0
      for tie in group.ties.reversed() {
        let count = tie.positives + tie.negatives
        guard tie.positives > 0 else {
          before += count
          continue
        }
        var mean = 0.0
        var chance = Double(tie.positives) / Double(count)
        for place in 1...tie.negatives + 1 {
          mean += chance / Double(before + place)
          if place <= tie.negatives {
            chance *= Double(tie.negatives - place + 1) / Double(count - place)
          }
        }
        return mean
      }
      return 0
    }
  }
}
