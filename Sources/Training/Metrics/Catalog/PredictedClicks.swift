extension Metric {
  /// Clicks over predicted clicks, `Σ y / Σ p`: above 1 where predictions are too low.
  ///
  /// Nil where Σ p is 0: without rows, or where every p is below what a `Double` can hold.
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
