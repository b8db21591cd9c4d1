/// The SHA-256 digest of bytes, as 64 lower-case hexadecimal digits (FIPS 180-4).
///
/// It identifies configurations and data.
public struct Digest: Sendable, Hashable, CustomStringConvertible {
  /// The digits.
  public let description: String

  /// Creates the digest of the UTF-8 bytes of a text.
  public init(of text: String) { self.init(of: Array(text.utf8)) }

  /// Creates the digest of bytes.
  public init(of bytes: [UInt8]) {
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.update($0) }
    description = hash.finish()
  }
}
