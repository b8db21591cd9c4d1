extension Metric {
  /// The mean of AUCs within groups; see ``groupedAreaUnderCurve(scores:labels:groups:)``.
  public static let gauc = Metric(
    id: "gauc", title: "GAUC", explanation: "mean AUC within groups",
    source: "Zhu et al., KDD 2017, section 4", direction: .higher, range: 0...1, basis: .order,
    needsGroups: true, undefinedWhen: "the data set has no groups, or no group has both classes"
  ) { rows in
    var sum = 0.0
    var weight = 0
    rows.forEachGroup { group in
      var pairs = PairCount()
      for tie in group.ties { pairs.add(tie) }
      guard let auc = pairs.areaUnderCurve else { return }
      sum += Double(group.rows) * auc
      weight += group.rows
    }
    return weight == 0 ? nil : sum / Double(weight)
  }
}

/// Returns the mean of the AUCs within groups (users, or search pages), weighted by impressions.
///
///     GAUC = Σ_g n_g · AUC_g / Σ_g n_g
///
/// over the groups g with both classes, with n_g the number of their rows, clicked or not. Groups
/// with one class are uninformative about ranking and are left out of both sums. Groups are
/// numbered within one split, so rows of different splits never share a group. Source: Zhu et al.,
/// KDD 2017, section 4.
///
/// - Returns: The mean, or nil if no group has both classes.
/// - Precondition: no score is NaN; groups are not negative.
public func groupedAreaUnderCurve(scores: [Float], labels: [Bool], groups: [Int32]) -> Double? {
  Metric.gauc.compute(MeasuredRows(logits: scores, labels: labels, groups: groups))
}
