/// Returns the mean of the AUCs within groups (users, or search pages), weighted by impressions.
///
///     GAUC = Σ_g n_g · AUC_g / Σ_g n_g
///
/// over the groups g that have both classes, with n_g the number of their rows, clicked or not.
/// Groups of one class say nothing about ranking and are left out of both sums. Groups are numbered
/// within one split: rows of two splits never share one. Source: Zhu et al., KDD 2017, section 4.
///
/// - Returns: The mean, or nil where no group has both classes.
/// - Precondition: no score is NaN; groups are not negative.
public func groupedAreaUnderCurve(scores: [Float], labels: [Bool], groups: [Int32]) -> Double? {
  var pairs = PairCount()
  var current: UInt32?
  var sum = 0.0
  var weight = 0
  func closeGroup() {
    guard let auc = pairs.areaUnderCurve else { return }
    let rows = pairs.positives + pairs.negatives
    sum += Double(rows) * auc
    weight += rows
  }
  RankedRows(scores: scores, labels: labels, groups: groups).forEachTie { tie in
    if tie.group != current {
      closeGroup()
      pairs = PairCount()
      current = tie.group
    }
    pairs.add(tie)
  }
  closeGroup()
  return weight == 0 ? nil : sum / Double(weight)
}
