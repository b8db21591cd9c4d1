#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbers as text.
enum NumberText {
  /// Returns the number that all of `text` spells, correctly rounded; nil where it spells none.
  ///
  /// Accepts `-12`, `+1.5`, `.5`, `1e-3`. `nan` and `inf` are read as such, for callers to refuse.
  static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    parseShort(text) ?? parseAny(text)
  }

  /// Reads the numbers with few digits, exactly: an integer below 2^53 times or over a power of ten
  /// that is itself exact.
  private static func parseShort(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    var index = 0
    var isNegative = false
    if let first = text.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
      isNegative = first == UInt8(ascii: "-")
      index = 1
    }
    var digits = 0
    var value: UInt64 = 0
    var decimals = 0
    var isAfterPoint = false
    while index < text.count {
      let byte = text[index]
      if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
        value = value &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
        digits += 1
        if isAfterPoint { decimals += 1 }
      } else if byte == UInt8(ascii: "."), !isAfterPoint {
        isAfterPoint = true
      } else {
        return nil
      }
      index += 1
    }
    guard digits > 0, digits <= 18, value < 1 << 53 else { return nil }
    let magnitude = Double(value) / powersOfTen[decimals]
    return isNegative ? -magnitude : magnitude
  }

  private static func parseAny(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    guard let first = text.first, first > UInt8(ascii: " ") else { return nil }
    return Double(String(decoding: text, as: UTF8.self))
  }

  /// Returns the text of a number: whole numbers without a point.
  static func format(_ value: Double) -> String {
    if let whole = Int(exactly: value), abs(whole) < 1 << 53 { return String(whole) }
    return "\(value)"
  }

  private static let powersOfTen: [Double] = (0...18).map { exponent in
    (0..<exponent).reduce(1.0) { power, _ in power * 10 }
  }
}
