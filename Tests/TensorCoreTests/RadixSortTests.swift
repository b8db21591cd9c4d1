import TensorCore
import Testing

@Suite(.serialized) struct RadixSortTests {
  @Test(arguments: [0, 1, 2, 511, 5000, 300_000])
  func sortsKeysOfEverySize(count: Int) {
    var stream = RandomStreams(seed: 9)["keys"]
    for mask in [UInt64.max, 0xffff, 0xff00_0000_0000_00ff, 0] {
      let keys = (0..<count).map { _ in stream.next() & mask }
      var sorted = keys
      radixSort(&sorted)
      let isSorted = sorted == keys.sorted()
      #expect(isSorted)
    }
  }

  @Test(arguments: [1, 3])
  func keepsTheOrderOfKeysThatAgreeInTheBits(threadCount: Int) {
    Parallelism.use(threadCount: threadCount)
    defer { Parallelism.use(threadCount: 1) }
    var stream = RandomStreams(seed: 9)["keys"]
    let keys = (0..<400_000).map { UInt64(stream.integer(below: 5000)) << 40 | $0 }
    var sorted = keys
    radixSort(&sorted, by: 40..<64)
    let isSorted = sorted == keys.sorted()
    #expect(isSorted)
    var other = keys
    radixSort(&other, by: 50..<53)
    let expected = keys.sorted { ($0 >> 50 & 7, $0 & 0xff_ffff) < ($1 >> 50 & 7, $1 & 0xff_ffff) }
    let isStable = other == expected
    #expect(isStable)
  }
}
