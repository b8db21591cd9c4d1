import Foundation

extension Metric {
  /// The share of the entropy of the labels that predictions explain.
  ///
  ///     RIG = 1 - logLoss / H,    H = -(r log r + (1 - r) log(1 - r)),    r = P / n
  ///
  /// with the rate r of positives on the same rows: 0 for a model that predicts the rate for every row,
  /// below 0 for a worse one, 1 where every row is predicted for certain. Log losses of cells with
  /// different rates cannot be compared; this can.
  public static let relativeInformationGain = Metric(
    id: "rig", title: "RIG", explanation: "relative information gain over the rate of positives",
    source: "He et al., ADKDD 2014 (as normalized entropy, 1 - RIG)", direction: .higher,
    range: -(.infinity)...1, basis: .probabilities, needsGroups: false,
    undefinedWhen: "the rows have one class only"
  ) { rows in
    guard rows.positives > 0, rows.positives < rows.count, let loss = rows.value(of: .logLoss)
    else { return nil }
    let rate = Double(rows.positives) / Double(rows.count)
    return 1 - loss / -(rate * log(rate) + (1 - rate) * log1p(-rate))
  }
}
