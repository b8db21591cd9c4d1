extension Metric {
  /// The area under the precision-recall curve as a sum of steps.
  ///
  ///     AP = Σ_t (R_t - R_{t-1}) · P_t
  ///
  /// over the distinct scores t in decreasing order, with recall R_t and precision P_t of the rows of
  /// at least that score: rows of equal score come in together, at the precision of all of them. Nothing
  /// is interpolated. A model without any order has the rate of positives. O(n).
  public static let averagePrecision = Metric(
    id: "prauc", title: "PR-AUC", explanation: "area under the precision-recall curve",
    source: "Davis and Goadrich, ICML 2006, as average precision", direction: .higher,
    range: 0...1, basis: .order, needsGroups: false,
    undefinedWhen: "there are no positive rows"
  ) { rows in
    guard rows.positives > 0 else { return nil }
    var (rowsAbove, positivesAbove) = (rows.count, rows.positives)
    var sum = 0.0
    rows.forEachTie { tie in
      sum += Double(tie.positives) * (Double(positivesAbove) / Double(rowsAbove))
      rowsAbove -= tie.positives + tie.negatives
      positivesAbove -= tie.positives
    }
    return sum / Double(rows.positives)
  }
}
