import Foundation

extension Metric {
  /// The mean cross-entropy in nats.
  ///
  ///     logLoss = (1 / n) Σ (log(1 + exp(z)) - y z)
  ///
  /// It is computed from log-odds and thus finite for every finite prediction, so nothing is
  /// clipped.
  public static let logLoss = Metric(
    id: "logLoss", title: "Log loss", explanation: "mean cross-entropy in nats",
    source: "Good, Journal of the Royal Statistical Society B 14, 1952", direction: .lower,
    range: 0...(.infinity), basis: .probabilities, needsGroups: false,
    undefinedWhen: "there are no rows"
  ) { rows in
    var loss = 0.0
    rows.forEachPrediction {
      let opposing = $0.logOdds >= 0 ? $0.negatives : $0.positives
      loss += Double($0.rows) * log1p($0.decay) + Double(opposing) * abs($0.logOdds)
    }
    return rows.count == 0 ? nil : loss / Double(rows.count)
  }
}
