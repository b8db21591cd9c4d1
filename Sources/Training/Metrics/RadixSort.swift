/// Sorts keys in increasing order: least significant digit first, 11 bits at a time.
///
/// Digits that are the same in all keys cost nothing but their count. O(n).
func radixSort(_ keys: inout [UInt64]) {
  if keys.count < 512 {
    keys.sort()
    return
  }
  let (digitBits, digitCount) = (11, 6)
  let radix = 1 << digitBits
  var counts = [Int](repeating: 0, count: digitCount * radix)
  for key in keys {
    for digit in 0..<digitCount {
      counts[digit * radix + Int(truncatingIfNeeded: key >> (digit * digitBits)) & (radix - 1)] += 1
    }
  }
  var other = [UInt64](repeating: 0, count: keys.count)
  for digit in 0..<digitCount {
    let range = digit * radix..<(digit + 1) * radix
    if counts[range].contains(keys.count) { continue }
    var start = 0
    for at in range { (counts[at], start) = (start, start + counts[at]) }
    for key in keys {
      let at = range.lowerBound + Int(truncatingIfNeeded: key >> (digit * digitBits)) & (radix - 1)
      other[counts[at]] = key
      counts[at] += 1
    }
    swap(&keys, &other)
  }
}
