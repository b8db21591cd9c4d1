extension Metric {
  /// The mean squared difference between probabilities and labels, `(1 / n) Σ (p - y)²`.
  public static let brierScore = Metric(
    id: "brier", title: "Brier score", explanation: "mean squared error of probabilities",
    source: "Brier, Monthly Weather Review 78, 1950", direction: .lower, range: 0...1,
    basis: .probabilities, needsGroups: false, undefinedWhen: "there are no rows"
  ) { rows in
    var sum = 0.0
    rows.forEachPrediction {
      // Uses the probability of a negative row instead of 1 - p, which would round to 0.
      let p = $0.probability
      let q = $0.logOdds >= 0 ? $0.decay / (1 + $0.decay) : 1 / (1 + $0.decay)
      sum += Double($0.positives) * q * q + Double($0.negatives) * p * p
    }
    return rows.count == 0 ? nil : sum / Double(rows.count)
  }
}
