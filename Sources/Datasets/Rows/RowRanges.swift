import Ranking

/// The valid ranges of the numbers in a row, checked as fast as they are copied.
struct RowRanges: Sendable {
  private let vocabularySizes: [UInt32]
  private let numericalCount: Int
  private let taskCount: Int
  private let leafCount: UInt32

  /// - Precondition: vocabularies have at most `Int32.max` values.
  init(_ problem: Problem) {
    vocabularySizes = problem.fields.map { UInt32(clamping: $0.vocabularySize) }
    numericalCount = problem.numericals.count
    taskCount = problem.tasks.count
    leafCount = UInt32(problem.scenarios.leafCount)
  }

  /// Whether ids are in their vocabularies, numerical features finite, leaves in the tree, labels
  /// and mask 0 or 1, and labels 0 where the mask is 0.
  func hold(_ rows: Range<Int>, of target: CachedRows.Target) -> Bool {
    let (count, fields) = (rows.count, vocabularySizes.count)
    func part<Number>(_ start: UnsafeMutablePointer<Number>?, _ width: Int)
      -> UnsafeBufferPointer<Number>
    {
      UnsafeBufferPointer(start: start.map { $0 + rows.lowerBound * width }, count: count * width)
    }
    return areIDs(part(target.ids.baseAddress, fields))
      && Self.areFinite(part(target.numericals, numericalCount))
      && Self.areBelow(leafCount, part(target.leaves.baseAddress, 1))
      && Self.areLabels(part(target.labels, taskCount), part(target.mask, taskCount))
  }

  /// Whether every id is at least 0 and below the vocabulary size of its field.
  func areIDs(_ ids: UnsafeBufferPointer<Int32>) -> Bool {
    vocabularySizes.withUnsafeBufferPointer { sizes in
      var isOutside = false
      for start in stride(from: 0, to: ids.count, by: max(1, sizes.count)) {
        for field in sizes.indices {
          isOutside = (UInt32(bitPattern: ids[start + field]) >= sizes[field]) || isOutside
        }
      }
      return !isOutside
    }
  }

  /// Whether every number is at least 0 and below a limit.
  static func areBelow(_ limit: UInt32, _ numbers: UnsafeBufferPointer<Int32>) -> Bool {
    var largest: UInt32 = 0
    for number in numbers { largest = max(largest, UInt32(bitPattern: number)) }
    return numbers.isEmpty || largest < limit
  }

  /// Whether every number is finite.
  static func areFinite(_ numbers: UnsafeBufferPointer<Float>) -> Bool {
    var largest: UInt32 = 0
    for number in numbers { largest = max(largest, number.bitPattern & 0x7fff_ffff) }
    return largest < Float.infinity.bitPattern
  }

  /// Whether every mask is 0 or 1, and every label is 0 or equal to its mask.
  private static func areLabels(
    _ labels: UnsafeBufferPointer<Float>, _ mask: UnsafeBufferPointer<Float>
  ) -> Bool {
    // The numbers were bytes: a nonzero excess is at least 1 and cannot be lost in the sum.
    var excess: Float = 0
    for i in labels.indices {
      excess += max(0, mask[i] - 1) + max(0, labels[i] - mask[i])
    }
    return excess == 0
  }
}
