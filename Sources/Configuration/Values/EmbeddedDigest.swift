/// The SHA-256 digest of a file, stored in the file itself.
///
/// It covers every byte of the file, with zeros in place of its own 64 hexadecimal digits. Anyone
/// can verify it: replace the digits with zeros and compute the SHA-256 digest of the file.
package struct EmbeddedDigest: Sendable {
  /// The placeholder for the digits while the digest is computed.
  package static let zeros = String(repeating: "0", count: digitCount)

  private static let digitCount = 64
  private let beginning: [UInt8]

  /// Creates the digest whose digits follow the first occurrence of a text in a file.
  package init(after beginning: String) { self.beginning = Array(beginning.utf8) }

  /// Returns the range of the digits, or nil if there are none.
  package func place<Bytes: RandomAccessCollection<UInt8>>(in bytes: Bytes) -> Range<Bytes.Index>? {
    guard let start = bytes.firstRange(of: beginning)?.upperBound,
      let end = bytes.index(start, offsetBy: Self.digitCount, limitedBy: bytes.endIndex)
    else { return nil }
    return start..<end
  }

  /// Replaces the zeros in a file with the digest of the whole file.
  package func fill(_ file: inout [UInt8]) {
    guard let place = place(in: file) else { return }
    file.replaceSubrange(place, with: Self.digest(of: file, zeroing: place).utf8)
  }

  /// Returns whether a file contains its own digest.
  package func isRight<Bytes: RandomAccessCollection<UInt8>>(
    _ file: Bytes, lookingIn head: Bytes.SubSequence
  ) -> Bool where Bytes.SubSequence: RandomAccessCollection<UInt8> {
    guard let place = place(in: head) else { return false }
    return file[place].elementsEqual(Self.digest(of: file, zeroing: place).utf8)
  }

  private static func digest<Bytes: RandomAccessCollection<UInt8>>(
    of file: Bytes, zeroing place: Range<Bytes.Index>
  ) -> String {
    var hash = SHA256()
    func update(_ bytes: some Collection<UInt8>) {
      if bytes.withContiguousStorageIfAvailable({ hash.update(UnsafeRawBufferPointer($0)) }) == nil
      {
        Array(bytes).withUnsafeBytes { hash.update($0) }
      }
    }
    update(file[..<place.lowerBound])
    update(Array(zeros.utf8))
    update(file[place.upperBound...])
    return hash.finish()
  }
}
