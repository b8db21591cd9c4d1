/// A generator whose numbers depend on a seed and a position alone (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64, position: Int, name: String) {
    state =
      seed &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(bitPattern: Int64(position)) &* 0xd1b5_4a32_d192_ed03
    for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x0100_0000_01b3 }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Damages inputs.
struct Mutator {
  let form: FuzzTarget.Form
  let words: [[UInt8]]
  let others: [[UInt8]]

  private static let extremes = [
    "0", "-0", "-1", "1", "2147483647", "2147483648", "-2147483648", "4294967296",
    "9007199254740993", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
    "18446744073709551616", "1e308", "-1e308", "1e309", "1e-400", "5e-324", "3.5e38", "nan", "inf",
    "-inf", "0x10", "010", "1_000", "1e", ".", "-", "١", "true", "null", "~", "[]", "{}", "\"\"",
  ].map { Array($0.utf8) }

  private static let patterns: [[UInt8]] = [
    [0], [255], [0, 0, 0, 0], [255, 255, 255, 255], [255, 255, 255, 127], [0, 0, 0, 128],
    [0, 0, 192, 127], [0, 0, 128, 127], [255, 255, 255, 255, 255, 255, 255, 127],
    [0, 0, 0, 0, 0, 0, 0, 128], [255, 255, 255, 255, 255, 255, 255, 255], [0, 0, 0, 0, 1, 0, 0, 0],
  ]

  /// Returns an input with one to six damages.
  func mutated(_ seed: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = seed
    let count = [1, 1, 1, 2, 2, 3, 4, 6].randomElement(using: &generator) ?? 1
    for _ in 0..<count { damage(&bytes, using: &generator) }
    return bytes
  }

  private func damage(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
    let at = Int.random(in: 0...bytes.count, using: &generator)
    switch Int.random(in: 0..<(form == .text ? 18 : 10), using: &generator) {
    case 0, 1:
      if at < bytes.count { bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
    case 2:
      if at < bytes.count { bytes[at] = .random(in: 0...255, using: &generator) }
    case 3: overwrite(&bytes, at, Self.patterns.randomElement(using: &generator) ?? [0])
    case 4:
      let end = min(bytes.count, at + size(using: &generator))
      bytes.removeSubrange(at..<end)
    case 5:
      let end = min(bytes.count, at + size(using: &generator))
      bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
    case 6:
      if Int.random(in: 0..<4, using: &generator) == 0 { bytes.removeSubrange(at...) }
    case 7:
      let other = others.randomElement(using: &generator) ?? []
      let start = Int.random(in: 0...other.count, using: &generator)
      let end = min(other.count, start + size(using: &generator))
      overwrite(&bytes, at, Array(other[start..<end]))
    case 8: bytes.insert(contentsOf: words.randomElement(using: &generator) ?? [], at: at)
    case 9: overwrite(&bytes, at, words.randomElement(using: &generator) ?? [0])
    case 10, 11: replaceNumber(&bytes, from: at, using: &generator)
    case 12: replaceToken(&bytes, from: at, using: &generator)
    case 13: moveLine(&bytes, from: at, using: &generator)
    case 14:
      guard Int.random(in: 0..<8, using: &generator) == 0 else { return }
      let count = [100, 5000, 200_000].randomElement(using: &generator) ?? 100
      let byte = Array("ax0 \"-é[\u{1}".utf8).randomElement(using: &generator) ?? 97
      bytes.insert(contentsOf: [UInt8](repeating: byte, count: count), at: at)
    case 15:
      guard Int.random(in: 0..<8, using: &generator) == 0 else { return }
      let depth = [50, 150, 990, 20_000, 200_000].randomElement(using: &generator) ?? 50
      let pair =
        [("[", "]"), ("{\"a\":", "}"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("!!x ", "")]
        .randomElement(using: &generator) ?? ("[", "]")
      bytes.insert(
        contentsOf: Array(
          (String(repeating: pair.0, count: depth)
            + String(repeating: pair.1, count: depth)).utf8), at: at)
    case 16: bombs(&bytes, using: &generator)
    default:
      bytes.insert(contentsOf: Self.extremes.randomElement(using: &generator) ?? [], at: at)
    }
  }

  private func size(using generator: inout SeededGenerator) -> Int {
    1 << Int.random(in: 0..<9, using: &generator)
  }

  private func overwrite(_ bytes: inout [UInt8], _ at: Int, _ new: [UInt8]) {
    bytes.replaceSubrange(at..<min(bytes.count, at + new.count), with: new)
  }

  private func replaceNumber(
    _ bytes: inout [UInt8], from at: Int, using generator: inout SeededGenerator
  ) {
    replace(&bytes, from: at, using: &generator) { (48...57).contains($0) || $0 == 45 || $0 == 46 }
  }

  private func replaceToken(
    _ bytes: inout [UInt8], from at: Int, using generator: inout SeededGenerator
  ) {
    replace(&bytes, from: at, using: &generator) {
      ($0 | 32 >= 97 && $0 | 32 <= 122) || (48...57).contains($0) || $0 == 95
    }
  }

  /// Replaces the next run of bytes of a kind by an extreme or a word.
  private func replace(
    _ bytes: inout [UInt8], from at: Int, using generator: inout SeededGenerator,
    _ isOne: (UInt8) -> Bool
  ) {
    guard let start = bytes[at...].firstIndex(where: isOne) else { return }
    let end = bytes[start...].firstIndex { !isOne($0) } ?? bytes.count
    let pool = Bool.random(using: &generator) || words.isEmpty ? Self.extremes : words
    bytes.replaceSubrange(start..<end, with: pool.randomElement(using: &generator) ?? [])
  }

  /// Moves or repeats a line.
  private func moveLine(
    _ bytes: inout [UInt8], from at: Int, using generator: inout SeededGenerator
  ) {
    let start = bytes[..<at].lastIndex(of: 10).map { $0 + 1 } ?? 0
    let end = bytes[at...].firstIndex(of: 10).map { $0 + 1 } ?? bytes.count
    let line = Array(bytes[start..<end])
    if Bool.random(using: &generator) { bytes.removeSubrange(start..<end) }
    let target = Int.random(in: 0...bytes.count, using: &generator)
    let place = bytes[..<target].lastIndex(of: 10).map { $0 + 1 } ?? 0
    bytes.insert(contentsOf: line, at: place)
  }

  /// Puts YAML aliases that unfold without end in front.
  private func bombs(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
    guard Int.random(in: 0..<8, using: &generator) == 0 else { return }
    var text = "a0: &a0 [x, x]\n"
    for level in 1..<Int.random(in: 2..<40, using: &generator) {
      text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
    }
    if Bool.random(using: &generator) {
      text = text.split(separator: "\n").joined(separator: ", ")
      text = "{" + text + "}"
    }
    bytes.insert(contentsOf: Array(text.utf8), at: 0)
  }
}
