import TensorCore

/// Scored rows, sorted by increasing score, or by group and then score.
///
/// A key holds everything that ranking measures need, so sorting moves only keys: 31 bits of group,
/// 32 bits of score in an order-preserving form, and the label.
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
  /// The bits, besides the label, in which the rows of a tie agree.
  private let tieMask: UInt64

  var count: Int { keys.count }

  /// Sorts rows by score.
  ///
  /// - Precondition: no score is NaN; groups are not negative.
  init(scores: [Float], labels: [Bool], groups: [Int32]? = nil) {
    precondition(scores.count == labels.count && groups?.count ?? scores.count == scores.count)
    var keys = Self.keys(scores: scores, labels: labels)
    if let groups {
      for (row, group) in groups.enumerated() { keys[row] |= UInt64(group) << 33 }
    }
    radixSort(&keys, by: Self.scoreBits)
    self.keys = keys
    tieMask = UInt64(UInt32.max)
  }

  private init(keys: [UInt64], tieMask: UInt64) {
    self.keys = keys
    self.tieMask = tieMask
  }

  /// Returns the rows sorted by group, then score, so that every tie is within one group.
  func byGroup() -> RankedRows {
    var keys = keys
    radixSort(&keys, by: Self.groupBits)
    return RankedRows(keys: keys, tieMask: .max)
  }

  /// Returns a function of every row's score, in row order, computed once per run of equal scores
  /// and on several threads.
  func scores(_ value: (Float) -> Double) -> [Double] {
    [Double](unsafeUninitializedCapacity: keys.count) { values, count in
      parallelFor(keys.count, blockSize: 1 << 16) { block in
        for row in block {
          let score = UInt32(truncatingIfNeeded: keys[row] >> 1)
          let isTie =
            row > block.lowerBound && score == UInt32(truncatingIfNeeded: keys[row - 1] >> 1)
          values.initializeElement(at: row, to: isTie ? values[row - 1] : value(Self.score(score)))
        }
      }
      count = keys.count
    }
  }

  /// Calls `body` with every set of rows with equal scores, in increasing order.
  ///
  /// If rows are sorted by group, all rows of a set belong to one group; otherwise its group is 0.
  func forEachTie(_ body: (Tie) -> Void) {
    let tieMask = tieMask
    var start = 0
    while start < keys.count {
      let shared = keys[start] >> 1 & tieMask
      var end = start
      var positives = 0
      while end < keys.count, keys[end] >> 1 & tieMask == shared {
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
