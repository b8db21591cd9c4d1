import TensorCore

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

  private static let scoreBits = 1..<33
  private static let groupBits = 33..<64
  private let keys: [UInt64]

  var count: Int { keys.count }

  /// - Precondition: no score is NaN; groups are not negative.
  init(scores: [Float], labels: [Bool], groups: [Int32]? = nil) {
    precondition(scores.count == labels.count && groups?.count ?? scores.count == scores.count)
    var keys = Self.keys(scores: scores, labels: labels)
    if let groups {
      for (row, group) in groups.enumerated() { keys[row] |= UInt64(group) << 33 }
    }
    radixSort(&keys, by: Self.scoreBits)
    if groups != nil { radixSort(&keys, by: Self.groupBits) }
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

  private static func keys(scores: [Float], labels: [Bool]) -> [UInt64] {
    [UInt64](unsafeUninitializedCapacity: scores.count) { keys, count in
      scores.withUnsafeBufferPointer { scores in
        labels.withUnsafeBufferPointer { labels in
          parallelFor(scores.count, blockSize: 1 << 17) { block in
            for row in block {
              keys.initializeElement(
                at: row, to: UInt64(ordered(scores[row])) << 1 | (labels[row] ? 1 : 0))
            }
          }
        }
      }
      count = scores.count
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
