/// Whether a text is made of the characters of a decimal number only: digits, signs, a point, `e`.
///
/// It is what keeps out all else that `Double(_:)` reads: `0x10`, `inf`, `nan`.
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
  /// Creates the finite number that a decimal text spells, such as `-12`, `.5` or `1e-3`.
  ///
  /// Leading zeros mean nothing: `010` is ten. nil for what is written otherwise (`0x10`, `0o10`,
  /// `1_000`, `inf`, ` 5`) and for what is out of range (`1e400`).
  public init?(decimal text: String) {
    guard isDecimalText(text.utf8), let value = Double(text), value.isFinite else { return nil }
    self = value
  }
}
