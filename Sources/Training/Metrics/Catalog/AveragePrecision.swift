extension Metric {
  /// The area under the precision-recall curve as a sum of steps.
  ///
  ///     AP = Σ_t (R_t - R_{t-1}) · P_t
  ///
  /// over the distinct scores t in decreasing order, with recall R_t and precision P_t over the
  /// rows with at least that score: rows with equal scores enter together, at their joint
  /// precision. There is no interpolation. A model that gives all rows the same score has the rate
  /// of positives as its value. O(n).
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
