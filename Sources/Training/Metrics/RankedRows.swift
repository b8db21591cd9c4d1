/// Scored rows in increasing order of group, then score.
///
/// A key holds all that ranking measures need, so that only keys are moved when sorting: 31 bits of
/// group, 32 bits of score in an order-preserving form, and the label.
struct RankedRows {
  /// Rows of one group with equal scores.
  struct Tie {
    var group: UInt32
    var score: Float
    var positives: Int
    var negatives: Int
  }

  private let keys: [UInt64]

  var count: Int { keys.count }

  /// - Precondition: no score is NaN; groups are not negative.
  init(scores: [Float], labels: [Bool], groups: [Int32]? = nil) {
    precondition(scores.count == labels.count && groups?.count ?? scores.count == scores.count)
    var keys = scores.indices.map { row in
      let group = groups.map { UInt64($0[row]) } ?? 0
      return group << 33 | UInt64(Self.ordered(scores[row])) << 1 | (labels[row] ? 1 : 0)
    }
    radixSort(&keys)
    self.keys = keys
  }

  /// Calls `body` with every set of rows of equal group and score, in increasing order.
  func forEachTie(_ body: (Tie) -> Void) {
    var start = 0
    while start < keys.count {
      let shared = keys[start] >> 1
      var end = start
      var positives = 0
      while end < keys.count, keys[end] >> 1 == shared {
        positives += Int(keys[end] & 1)
        end += 1
      }
      body(
        Tie(
          group: UInt32(shared >> 32), score: Self.score(UInt32(truncatingIfNeeded: shared)),
          positives: positives, negatives: end - start - positives))
      start = end
    }
  }

  /// Maps floats to integers of the same order; both zeros are equal.
  private static func ordered(_ score: Float) -> UInt32 {
    let bits = (score + 0).bitPattern
    return bits >> 31 == 0 ? bits | 1 << 31 : ~bits
  }

  private static func score(_ ordered: UInt32) -> Float {
    Float(bitPattern: ordered >> 31 == 1 ? ordered & ~(1 << 31) : ~ordered)
  }
}
