/// The header of a gzip member (RFC 1952, section 2.3).
enum GzipHeader {
  /// The bytes with which a member begins.
  static let magic: [UInt8] = [0x1f, 0x8b]

  private enum Flag {
    static let text: UInt8 = 1
    static let extra: UInt8 = 4
    static let name: UInt8 = 8
    static let comment: UInt8 = 16
  }

  /// Passes over a header.
  ///
  /// - Returns: Whether there was one. Else the file ends, or something other than a member follows.
  /// - Throws: Where it is cut off or not one of deflated data, or has a checksum, which few programs
  ///   write.
  static func pass(in input: PieceBuffer) throws(LeftToZlib) -> Bool {
    guard try input.holds(2), input.first[0] == magic[0], input.first[1] == magic[1] else {
      return false
    }
    guard try input.holds(10) else { throw LeftToZlib() }
    let (method, flags) = (input.first[2], input.first[3])
    let known = Flag.text | Flag.extra | Flag.name | Flag.comment
    guard method == 8, flags & ~known == 0 else { throw LeftToZlib() }
    input.drop(10)
    if flags & Flag.extra != 0 {
      let count = Int(try input.next()) + Int(try input.next()) << 8
      for _ in 0..<count { _ = try input.next() }
    }
    for text in [Flag.name, Flag.comment] where flags & text != 0 {
      while try input.next() != 0 {}
    }
    return true
  }
}
