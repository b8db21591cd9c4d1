import Foundation

extension MetricCell {
  /// Measures the predictions of some rows.
  ///
  /// The result does not depend on the order of the rows.
  /// - Parameters:
  ///   - logits: The predicted log-odds.
  ///   - labels: The outcomes.
  ///   - groups: The group of every row, or nil where the data has none.
  /// - Precondition: no log-odds are NaN; groups are not negative.
  public init(logits: [Float], labels: [Bool], groups: [Int32]? = nil) {
    let ranked = RankedRows(scores: logits, labels: labels)
    var pairs = PairCount()
    var bins = CalibrationBins(rowCount: ranked.count)
    var loss = 0.0
    var expected = 0.0
    ranked.forEachTie { tie in
      let z = Double(tie.score)
      let small = exp(-abs(z))
      let probability = z >= 0 ? 1 / (1 + small) : small / (1 + small)
      let opposing = z >= 0 ? tie.negatives : tie.positives
      loss += Double(tie.positives + tie.negatives) * log1p(small) + Double(opposing) * abs(z)
      expected += Double(tie.positives + tie.negatives) * probability
      pairs.add(tie)
      bins.add(tie, probability: probability)
    }
    self.init(
      rows: ranked.count, positives: pairs.positives, auc: pairs.areaUnderCurve,
      gauc: groups.flatMap { groupedAreaUnderCurve(scores: logits, labels: labels, groups: $0) },
      logLoss: ranked.count == 0 ? nil : loss / Double(ranked.count),
      copc: expected > 0 ? Double(pairs.positives) / expected : nil,
      ece: bins.expectedCalibrationError)
  }
}
