extension Metric {
  /// The probability that a positive row scores higher than a negative one; see
  /// ``areaUnderCurve(scores:labels:)``.
  public static let auc = Metric(
    id: "auc", title: "AUC", explanation: "area under the ROC curve",
    source: "Hanley and McNeil, Radiology 143, 1982", direction: .higher, range: 0...1,
    basis: .order, needsGroups: false, undefinedWhen: "the rows have one class only"
  ) { rows in
    var pairs = PairCount()
    rows.forEachTie { pairs.add($0) }
    return pairs.areaUnderCurve
  }
}

/// Returns the area under the ROC curve, exactly.
///
///     AUC = (#{(i, j) : s_i > s_j} + ½ #{(i, j) : s_i = s_j}) / (P · N)
///
/// over the P · N pairs of a positive row i and a negative row j: the Mann-Whitney statistic with
/// average ranks for ties. Pairs are counted in integers, so the result is the nearest `Double`.
/// O(n), by radix sort. Source: Hanley and McNeil, Radiology 143 (1982).
///
/// - Returns: The area, or nil if there are no positives or no negatives.
/// - Precondition: no score is NaN.
public func areaUnderCurve(scores: [Float], labels: [Bool]) -> Double? {
  var pairs = PairCount()
  RankedRows(scores: scores, labels: labels).forEachTie { pairs.add($0) }
  return pairs.areaUnderCurve
}

/// A count of pairs of a positive and a negative row, with rows added in increasing order of score.
struct PairCount {
  private(set) var positives = 0
  private(set) var negatives = 0
  /// Twice the number of ordered pairs plus the number of tied ones.
  private var doubled: UInt64 = 0

  mutating func add(_ tie: RankedRows.Tie) {
    doubled += UInt64(tie.positives) * UInt64(2 * negatives + tie.negatives)
    positives += tie.positives
    negatives += tie.negatives
  }

  var areaUnderCurve: Double? {
    guard positives > 0, negatives > 0 else { return nil }
    return Double(doubled) / Double(2 * UInt64(positives) * UInt64(negatives))
  }
}
