import CKernels

/// Numbers as text.
enum NumberText {
  /// Returns the number that all of `text` spells, correctly rounded; nil where it spells none.
  ///
  /// Accepts `-12`, `+1.5`, `.5`, `1e-3`. `nan` and `inf` are read as such, for callers to refuse.
  static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    var value = 0.0
    return ck_decimal(text.baseAddress, text.count, &value) != 0 ? value : parseAny(text)
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
}
