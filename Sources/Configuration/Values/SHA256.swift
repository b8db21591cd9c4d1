import CText

/// The SHA-256 digest of a stream of bytes (FIPS 180-4).
package struct SHA256 {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  /// Creates the digest of an empty stream.
  package init() {}

  /// Adds bytes to the stream.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    byteCount += UInt64(bytes.count)
    var start = 0
    if !pending.isEmpty {
      start = min(64 - pending.count, bytes.count)
      pending.append(contentsOf: bytes[..<start])
      guard pending.count == 64 else { return }
      let block = pending
      pending.removeAll(keepingCapacity: true)
      ck_sha256_blocks(&state, block, 1)
    }
    let blockCount = (bytes.count - start) / 64
    if blockCount > 0, let base = bytes.bindMemory(to: UInt8.self).baseAddress {
      ck_sha256_blocks(&state, base + start, blockCount)
      start += blockCount * 64
    }
    pending.append(contentsOf: bytes[start...])
  }

  /// Ends the stream and returns the digest as 64 hexadecimal digits.
  package mutating func finish() -> String {
    let bitCount = byteCount &* 8
    var padding: [UInt8] = [0x80]
    while (pending.count + padding.count) % 64 != 56 { padding.append(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
      padding.append(UInt8(truncatingIfNeeded: bitCount >> UInt64(shift)))
    }
    padding.withUnsafeBytes { update($0) }
    return state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// Returns the digest of the UTF-8 bytes of `text`.
  package static func digest(of text: String) -> String {
    var hash = SHA256()
    Array(text.utf8).withUnsafeBytes { hash.update($0) }
    return hash.finish()
  }
}

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
