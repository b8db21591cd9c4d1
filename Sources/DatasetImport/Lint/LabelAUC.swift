import TensorCore

/// The exact AUC of scores that rank rows with labels 0 and 1, ties counted half.
///
/// `AUC = Σ_{i positive, j negative} ([s_i > s_j] + ½ [s_i = s_j]) / (positives · negatives)`,
/// summed over groups of equal scores in rising order. All counts are whole numbers, so the result
/// does not depend on how the scores were sorted.
struct LabelAUC {
  private var ordered = 0.0
  private var positives = 0.0
  private var negatives = 0.0

  /// The AUC; nil where there is one class only.
  var value: Double? {
    let all = positives * negatives
    return all > 0 ? ordered / all : nil
  }

  /// Adds the rows of the next higher score.
  mutating func add(positives added: Double, negatives addedNegatives: Double) {
    ordered += added * negatives + 0.5 * added * addedNegatives
    positives += added
    negatives += addedNegatives
  }

  /// Returns the AUC of the scores and labels of some rows.
  static func of(_ scores: [Float], labels: [Bool]) -> Double? {
    var keys = zip(scores, labels).map { UInt64(rank(of: $0)) << 1 | ($1 ? 1 : 0) }
    radixSort(&keys, by: 0..<33)
    var auc = LabelAUC()
    var start = 0
    while start < keys.count {
      var end = start
      var positives = 0
      while end < keys.count, keys[end] >> 1 == keys[start] >> 1 {
        positives += Int(keys[end] & 1)
        end += 1
      }
      auc.add(positives: Double(positives), negatives: Double(end - start - positives))
      start = end
    }
    return auc.value
  }

  /// Returns a number that rises with the score; both zeros have one.
  private static func rank(of score: Float) -> UInt32 {
    let bits = (score + 0).bitPattern
    return bits >> 31 == 1 ? ~bits : bits | 1 << 31
  }
}
