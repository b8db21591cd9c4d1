import Foundation

/// Returns whether a text consists only of characters of decimal numbers: digits, signs, a point,
/// `e`.
///
/// This excludes everything else that `Double(_:)` reads: `0x10`, `inf`, `nan`.
public func isDecimalText(_ text: some Sequence<UInt8>) -> Bool {
  text.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }
}

extension Double {
  /// Creates the finite number given by a decimal text, such as `-12`, `.5` or `1e-3`.
  ///
  /// Leading zeros have no meaning: `010` is ten. The result is nil for any other notation (`0x10`,
  /// `0o10`, `1_000`, `inf`, ` 5`) and for numbers out of range (`1e400`).
  public init?(decimal text: String) {
    guard isDecimalText(text.utf8), let value = Double(text), value.isFinite else { return nil }
    self = value
  }
}

/// Returns a number with a fixed number of decimals and a point as the decimal separator, in any
/// locale.
///
/// A number that rounds to zero has no sign.
package func fixed(_ value: Double, digits: Int) -> String {
  let text = String(format: "%.\(digits)f", value)
  return text.hasPrefix("-") && !text.contains(where: { "123456789".contains($0) })
    ? String(text.dropFirst()) : text
}

/// Returns a count with its noun, such as `1 run` or `2 runs`.
package func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
