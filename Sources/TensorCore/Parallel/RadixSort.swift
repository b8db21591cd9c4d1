/// Sorts keys stably in increasing order of some of their bits.
///
/// The sort runs from the least significant digit up, 11 bits at a time, with blocks of keys on
/// several threads. Digits that are equal in all keys are only counted. O(n), with a second array
/// of n keys.
///
/// - Precondition: `bits` is within `0..<64`.
package func radixSort(_ keys: inout [UInt64], by bits: Range<Int> = 0..<64) {
  precondition(bits.lowerBound >= 0 && bits.upperBound <= 64, "bits \(bits)")
  var other: [UInt64] = []
  for low in stride(from: bits.lowerBound, to: bits.upperBound, by: RadixDigit.bitCount) {
    let digit = RadixDigit(low: low, count: min(RadixDigit.bitCount, bits.upperBound - low))
    guard let starts = digit.starts(of: keys) else { continue }
    if other.isEmpty {
      other = [UInt64](unsafeUninitializedCapacity: keys.count) { $1 = keys.count }
    }
    digit.move(keys, to: &other, startingAt: starts)
    swap(&keys, &other)
  }
}

/// A range of bits of a key.
private struct RadixDigit {
  static let bitCount = 11
  private static let keysPerBlock = 1 << 17

  private let shift: UInt64
  private let mask: UInt64
  private var valueCount: Int { Int(mask) + 1 }

  init(low: Int, count: Int) {
    shift = UInt64(low)
    mask = 1 << UInt64(count) - 1
  }

  /// Returns the target index of the first key in each block for each value of the digit, or nil if
  /// all keys have the same value.
  func starts(of keys: [UInt64]) -> [Int]? {
    let blockCount = (keys.count + Self.keysPerBlock - 1) / Self.keysPerBlock
    var starts = [Int](repeating: 0, count: blockCount * valueCount)
    forEachBlock(of: keys, with: &starts) { keys, counts in
      for key in keys { counts[value(key)] += 1 }
    }
    var next = 0
    for value in 0..<valueCount {
      let before = next
      for at in stride(from: value, to: starts.count, by: valueCount) {
        (starts[at], next) = (next, next + starts[at])
      }
      if next - before == keys.count { return nil }
    }
    return starts
  }

  /// Moves every key to its target index.
  func move(_ keys: [UInt64], to target: inout [UInt64], startingAt starts: [Int]) {
    var starts = starts
    target.withUnsafeMutableBufferPointer { target in
      forEachBlock(of: keys, with: &starts) { keys, next in
        for key in keys {
          let value = value(key)
          target[next[value]] = key
          next[value] += 1
        }
      }
    }
  }

  private func value(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &>> shift) & mask)
  }

  /// Calls `body` with every block of keys and the part of `table` that belongs to the block.
  private func forEachBlock(
    of keys: [UInt64], with table: inout [Int],
    _ body: (Slice<UnsafeBufferPointer<UInt64>>, UnsafeMutablePointer<Int>) -> Void
  ) {
    keys.withUnsafeBufferPointer { keys in
      table.withUnsafeMutableBufferPointer { table in
        guard let entries = table.baseAddress else { return }
        parallelFor(keys.count, blockSize: Self.keysPerBlock) { block in
          body(keys[block], entries + block.lowerBound / Self.keysPerBlock * valueCount)
        }
      }
    }
  }
}
