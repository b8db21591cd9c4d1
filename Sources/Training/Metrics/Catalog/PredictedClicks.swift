extension Metric {
  /// The ratio of clicks to predicted clicks, `Σ y / Σ p`, which is above 1 if predictions are too
  /// low.
  ///
  /// It is nil if Σ p is 0: if there are no rows, or if every p is too small for a `Double`.
  public static let copc = Metric(
    id: "copc", title: "COPC", explanation: "clicks over predicted clicks",
    source: "Graepel et al., ICML 2010", direction: .target(1), range: 0...(.infinity),
    basis: .probabilities, needsGroups: false,
    undefinedWhen: "there are no rows, or all probabilities are 0"
  ) { rows in
    var expected = 0.0
    rows.forEachPrediction { expected += Double($0.rows) * $0.probability }
    return expected > 0 ? Double(rows.positives) / expected : nil
  }
}
