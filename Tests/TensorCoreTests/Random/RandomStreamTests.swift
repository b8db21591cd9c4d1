import TensorCore
import TestKit
import Testing

@Suite struct RandomStreamTests {
  private static let splitMix64: [(UInt64, [UInt64])] = [
    (
      1_234_567,
      [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ]
    ),
    (
      0,
      [
        0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f, 0xf88b_b8a8_724c_81ec,
      ]
    ),
  ]

  /// The output of the authors' reference code for SplitMix64 with seeds 1234567 and 0.
  @Test(arguments: splitMix64)
  func streamIsSplitMix64(key: UInt64, expected: [UInt64]) {
    var stream = RandomStream(key: key)
    #expect(expected.map { _ in stream.next() } == expected)
    #expect(stream.position == UInt64(expected.count))
  }

  private static let fnv: [(String, UInt64)] = [
    ("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8),
  ]

  /// The vectors published with FNV.
  @Test(arguments: fnv)
  func stableHashIsFNV1a(text: String, expected: UInt64) {
    #expect(stableHash(text) == expected)
  }

  @Test func streamsOfOtherNamesAndSeedsDiffer() {
    let names = (0..<300).map { "init/expert/\($0)" } + ["dropout", "shuffle/epoch/2", ""]
    var first: [UInt64] = []
    for seed in [UInt64(0), 1, 2] {
      for name in names {
        var stream = RandomStreams(seed: seed)[name]
        first.append(stream.next())
      }
    }
    #expect(Set(first).count == first.count)
  }

  @Test func sameNameBeginsAgain() {
    let streams = RandomStreams(seed: 9)
    var (a, b) = (streams["x"], streams["x"])
    #expect((0..<10).map { _ in a.next() } == (0..<10).map { _ in b.next() })
  }

  /// Chi-squared with 99 degrees of freedom: 148.2 is exceeded with probability 0.001.
  @Test func uniformNumbersFillTheirIntervalEvenly() {
    var stream = RandomStreams(seed: 1)["uniform"]
    var counts = [Double](repeating: 0, count: 100)
    for _ in 0..<100_000 {
      let u = stream.uniform()
      #expect(u >= 0 && u < 1)
      counts[Int(u * 100)] += 1
    }
    #expect(counts.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 } < 148.2)
  }

  /// Chi-squared with 6 degrees of freedom: 22.46 is exceeded with probability 0.001.
  @Test func integersAreUnbiased() {
    var stream = RandomStreams(seed: 1)["integer"]
    var counts = [Double](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[stream.integer(below: 7)] += 1 }
    #expect(counts.reduce(0) { $0 + ($1 - 10_000) * ($1 - 10_000) / 10_000 } < 22.46)
    #expect((0..<20).allSatisfy { _ in stream.integer(below: 1) == 0 })
  }

  @Test func normalNumbersHaveUnitVariance() {
    var stream = RandomStreams(seed: 1)["normal"]
    let z = (0..<200_000).map { _ in stream.normal() }
    let n = Double(z.count)
    expectClose(z.reduce(0, +) / n, 0, absolute: 5 / n.squareRoot())
    expectClose(z.reduce(0) { $0 + $1 * $1 } / n, 1, absolute: 5 * (2 / n).squareRoot())
  }

  /// All 24 orders of four elements: chi-squared with 23 degrees of freedom stays below 49.7.
  @Test func everyOrderIsEquallyLikely() {
    var stream = RandomStreams(seed: 1)["shuffle"]
    var counts: [[Int]: Double] = [:]
    for _ in 0..<24_000 {
      var values = [0, 1, 2, 3]
      stream.shuffle(&values)
      counts[values, default: 0] += 1
    }
    #expect(counts.count == 24)
    #expect(counts.values.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 } < 49.7)
  }

  @Test func shuffleKeepsTheElements() {
    var stream = RandomStreams(seed: 2)["shuffle"]
    var values = Array(0..<1000)
    stream.shuffle(&values)
    #expect(values != Array(0..<1000))
    #expect(values.sorted() == Array(0..<1000))
    var (none, one) = ([Int](), [7])
    stream.shuffle(&none)
    stream.shuffle(&one)
    #expect(none.isEmpty && one == [7])
  }
}
