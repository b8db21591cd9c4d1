import Foundation

extension Metric {
  /// The share of the label entropy that predictions explain.
  ///
  ///     RIG = 1 - logLoss / H,    H = -(r log r + (1 - r) log(1 - r)),    r = P / n
  ///
  /// with the rate r of positives on the same rows: 0 for a model that predicts this rate for every
  /// row, below 0 for a worse model, and 1 if every row is predicted correctly with certainty.
  /// Unlike log losses, it is comparable between cells with different rates.
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
