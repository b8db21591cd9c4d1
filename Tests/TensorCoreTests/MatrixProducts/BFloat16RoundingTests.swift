import CNumerics
import Testing

/// The rounding of every kind of number, at every kernel level, beside a naive one.
@Suite struct BFloat16RoundingTests {
  /// Looks which of the two neighbors is nearer.
  private func naive(_ bits: UInt32) -> UInt16 {
    let (upper, lower) = (UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits))
    let x = Float(bitPattern: bits)
    if x.isNaN { return upper | 0x40 }
    if x.isInfinite { return upper }
    let half: UInt16 = 0x8000
    if lower == half { return upper % 2 == 0 ? upper : upper + 1 }
    return lower < half ? upper : upper + 1
  }

  private func rounded(_ bits: [UInt32]) -> [UInt16] {
    var result = [UInt16](repeating: 0xdead, count: bits.count + 1)
    bits.map(Float.init(bitPattern:)).withUnsafeBufferPointer {
      ck_round_to_bfloat16($0.baseAddress, &result, bits.count)
    }
    #expect(result.last == 0xdead, "wrote beyond the end")
    return Array(result.dropLast())
  }

  @Test(
    arguments: [0, 1, 0x3fff, 0x7fff, 0x8000, 0x8001, 0xbeef, 0xffff] as [UInt32],
    KernelLevel.available)
  func allUpperHalvesAreRoundedToTheNearest(lower: UInt32, level: KernelLevel) {
    let bits = (0...UInt32(UInt16.max)).map { $0 << 16 | lower }
    let found = level.run { rounded(bits) }
    #expect(zip(bits, found).first { naive($0) != $1 } == nil)
  }

  @Test(arguments: KernelLevel.available)
  func namedNumbers(level: KernelLevel) {
    let cases: [(Float, UInt16)] = [
      (0, 0), (-0.0, 0x8000), (1, 0x3f80), (-2, 0xc000), (.infinity, 0x7f80),
      (-.infinity, 0xff80), (.greatestFiniteMagnitude, 0x7f80), (.leastNonzeroMagnitude, 0),
      (.leastNormalMagnitude, 0x0080), (Float(bitPattern: 0x0001_8000), 0x0002),
      (Float(bitPattern: 0x7f80_0001), 0x7fc0), (Float(bitPattern: 0xff80_0001), 0xffc0),
    ]
    #expect(level.run { rounded(cases.map(\.0.bitPattern)) } == cases.map(\.1))
  }

  @Test(arguments: [0, 1, 7, 15, 16, 17, 31, 33, 64, 65], KernelLevel.available)
  func anyNumberOfElements(count: Int, level: KernelLevel) {
    let bits = (0..<count).map { UInt32($0) &* 0x9e37_79b9 }
    #expect(level.run { rounded(bits) } == bits.map(naive))
  }
}
