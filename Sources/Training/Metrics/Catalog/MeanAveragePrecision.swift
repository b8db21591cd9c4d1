extension Metric {
  /// The average precision of a group's rows, averaged over groups (MAP).
  ///
  ///     AP = 1/P · Σ_{positive rows} (positives at or before the row) / (rank of the row)
  ///
  /// over the groups with both classes, weighted equally; P is the number of positive rows of a
  /// group. If m rows with equal scores, p of them positive, follow a rows, A of them positive,
  /// they contribute the mean over all their orders:
  ///
  ///     p/m · Σ_{j = 1…m} (A + 1 + (j - 1) · (p - 1) / (m - 1)) / (a + j)
  public static let meanAveragePrecision = Metric(
    id: "map", title: "MAP",
    explanation: "mean over groups of the average precision of their rows",
    source:
      "Manning et al., Introduction to Information Retrieval, 2008, section 8.4; ties: McSherry "
      + "and Najork, ECIR 2008", direction: .higher,
    range: 0...1, basis: .order, needsGroups: true,
    undefinedWhen: "the data set has no groups, or no group has both classes"
  ) { rows in
    rows.meanOverGroups { group in
      var (before, positivesBefore, sum) = (0, 0, 0.0)
      for tie in group.ties.reversed() {
        let count = tie.positives + tie.negatives
        if tie.positives > 0 {
          let share = Double(tie.positives) / Double(count)
          let growth = count > 1 ? Double(tie.positives - 1) / Double(count - 1) : 0
          for place in 1...count {
            let positives = Double(positivesBefore + 1) + Double(place - 1) * growth
            sum += share * positives / Double(before + place)
          }
        }
        before += count
        positivesBefore += tie.positives
      }
      return sum / Double(group.positives)
    }
  }
}
