import Configuration

/// The header of a file in a tar archive (POSIX.1-1988, "ustar"): 512 bytes, before the content.
///
/// Archives written here have only regular files with names of at most 100 bytes, mode 0644, and
/// zeros for owner and time, so that the same content gives the same bytes. Others are refused.
struct TarHeader: Equatable {
  /// The name of the file.
  let name: String
  /// The number of bytes of the content.
  let byteCount: Int

  /// The size of a header, and the unit to which contents are padded with zeros.
  static let blockSize = 512
  /// The zeros that end an archive.
  static let end = [UInt8](repeating: 0, count: 2 * blockSize)

  /// The number of zeros after the content.
  var paddingCount: Int { (Self.blockSize - byteCount % Self.blockSize) % Self.blockSize }

  /// Creates the header of a file.
  ///
  /// - Throws: ``Diagnostic`` if the file is too large for the format.
  init(name: String, byteCount: Int) throws {
    precondition(name.utf8.count <= 100, "the name of a file in an archive is too long")
    guard byteCount < 1 << 33 else {
      throw Diagnostic("has \(byteCount) bytes: a bundle holds files of less than 8 GiB").at(name)
    }
    (self.name, self.byteCount) = (name, byteCount)
  }

  /// The header as bytes.
  var bytes: [UInt8] {
    func octal(_ number: Int, digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: digits - text.count) + text + "\0"
    }
    var bytes = [UInt8](repeating: 0, count: Self.blockSize)
    func put(_ text: String, at offset: Int) {
      bytes.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    put(name, at: 0)
    put(octal(0o644, digits: 7) + octal(0, digits: 7) + octal(0, digits: 7), at: 100)
    put(octal(byteCount, digits: 11) + octal(0, digits: 11), at: 124)
    put("        0", at: 148)
    put("ustar\u{0}00", at: 257)
    put(octal(Self.sum(of: bytes), digits: 6) + " ", at: 148)
    return bytes
  }

  /// Reads a header; nil at the end of the archive.
  ///
  /// - Throws: ``Diagnostic`` if it is not one that ``bytes`` gives: of another kind of file, of
  ///   another layout, or damaged.
  init?(_ bytes: [UInt8]) throws {
    precondition(bytes.count == Self.blockSize, "not a header")
    if bytes.allSatisfy({ $0 == 0 }) { return nil }
    guard Array(bytes[257..<265]) == Array("ustar\u{0}00".utf8) else {
      throw Diagnostic("is not a bundle: it is no tar archive in the format ustar")
    }
    let name = String(validating: bytes[..<100].prefix { $0 != 0 }, as: UTF8.self)
    guard let name, !name.isEmpty, bytes[156] == UInt8(ascii: "0") else {
      throw Diagnostic(
        "has a member '\(excerpt(name ?? ""))' that is not a regular file, as all of a bundle are")
    }
    let digits = String(decoding: bytes[124..<135], as: UTF8.self)
    guard let byteCount = Int(digits, radix: 8), byteCount >= 0 else {
      throw Diagnostic("is corrupt: the size of '\(excerpt(name))' is not a number")
    }
    try self.init(name: name, byteCount: byteCount)
    guard self.bytes == bytes else {
      throw Diagnostic("is corrupt: the header of '\(excerpt(name))' is not as it was written")
    }
  }

  private static func sum(of bytes: [UInt8]) -> Int { bytes.reduce(0) { $0 + Int($1) } }
}
