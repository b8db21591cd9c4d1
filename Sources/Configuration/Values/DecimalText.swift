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
