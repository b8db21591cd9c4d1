import CText
import Configuration

/// Conversions between numbers and text.
package enum NumberText {
  /// Returns the number spelled by the whole of `text`, correctly rounded; nil if it is not a
  /// number.
  ///
  /// Accepts `-12`, `+1.5`, `.5`, `007`, `1e-3`; not `0x10`, `1_000` or ` 5`. `nan` and `inf` are
  /// parsed as such, for callers to reject.
  package static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    var value = 0.0
    return ck_decimal(text.baseAddress, text.count, &value) != 0 ? value : parseAny(text)
  }

  private static func parseAny(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    guard text.count < 10_000 else { return nil }
    let string = String(decoding: text, as: UTF8.self)
    if isDecimalText(text) { return Double(string) }
    switch string.lowercased().drop(while: { $0 == "-" || $0 == "+" }) {
    case "inf", "infinity", "nan": return Double(string)
    default: return nil
    }
  }

  /// Returns the whole number of up to 38 digits spelled by decimal text, such as
  /// `9007199254740993`, `-5.00` or `1.65e18`; nil for any other number.
  static func whole(_ text: UnsafeBufferPointer<UInt8>) -> Int128? {
    var digits: [UInt8] = []
    var scale = 0
    var index = text.startIndex
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative || text.first == UInt8(ascii: "+") { index += 1 }
    var isBehindPoint = false
    while index < text.endIndex, text[index] | 0x20 != UInt8(ascii: "e") {
      if text[index] == UInt8(ascii: ".") {
        if isBehindPoint { return nil }
        isBehindPoint = true
      } else {
        let digit = text[index] &- UInt8(ascii: "0")
        guard digit < 10 else { return nil }
        if digit > 0 || !digits.isEmpty { digits.append(digit) }
        if isBehindPoint { scale -= 1 }
      }
      index += 1
    }
    if index < text.endIndex {
      let exponent = String(decoding: text[(index + 1)...], as: UTF8.self)
      guard let exponent = Int(exponent), exponent.magnitude < 1 << 30 else { return nil }
      scale += exponent
    }
    while scale < 0, digits.last == 0 {
      digits.removeLast()
      scale += 1
    }
    if digits.isEmpty { return 0 }
    guard scale >= 0, digits.count + scale <= 38 else { return nil }
    let magnitude = (digits + [UInt8](repeating: 0, count: scale)).reduce(Int128(0)) {
      $0 * 10 + Int128($1)
    }
    return isNegative ? -magnitude : magnitude
  }

  /// Returns the text of a number; whole numbers have no decimal point.
  package static func format(_ value: Double) -> String {
    if let whole = Int(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
    return "\(value)"
  }
}
