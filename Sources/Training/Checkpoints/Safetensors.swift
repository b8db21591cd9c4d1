import Foundation
import Ranking
import TensorCore

/// Named tensors and text in the safetensors format, which other tools read.
///
/// 8 bytes: the length of the header, little-endian. Then the header: JSON that gives every tensor
/// its `dtype` (here always `F32`), `shape` and `data_offsets`, and `__metadata__`, an object of
/// texts. Then the elements, row-major and little-endian, without gaps. The header is filled up
/// with spaces so that elements begin at a multiple of 8 bytes.
///
/// The metadata of a file written here holds `sha256`: the SHA-256 digest of the whole file, taken with
/// the 64 digits of the digest itself as zeros. A file that holds it, or says that this program wrote
/// it, is read only where the digest is right.
package struct Safetensors {
  /// Texts, by name.
  package var metadata: [String: String]
  /// The tensors, in the order of their data.
  package var tensors: [NamedTensor]
  /// Whether the file was written by another program, so that no checksum says whether it is whole.
  package internal(set) var isForeign = false

  package init(metadata: [String: String] = [:], tensors: [NamedTensor]) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// Writes a file, in full or not at all.
  ///
  /// - Throws: ``TrainingError`` that names the file and the cause.
  package func write(to path: String) throws {
    var header = self.header
    if let digits = Self.digest.place(in: header) {
      var hash = SHA256()
      try forEachPiece(header) { hash.update($0) }
      header.replaceSubrange(digits, with: hash.finish().utf8)
    }
    try AtomicFile.write(path) { try forEachPiece(header, $0) }
  }

  /// Calls `body` with the bytes of the file, one piece after the other.
  private func forEachPiece(
    _ header: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try withUnsafeBytes(of: UInt64(header.count).littleEndian, body)
    try header.withUnsafeBytes(body)
    for tensor in tensors {
      try tensor.value.withUnsafeBufferPointer { try body(UnsafeRawBufferPointer($0)) }
    }
  }

  /// The header, with zeros in the place of the digest.
  private var header: [UInt8] {
    var offset = 0
    var texts = metadata.mapValues { ConfigurationValue.string($0) }
    texts[Self.digestKey] = .string(EmbeddedDigest.zeros)
    var members = ["\"__metadata__\":" + ConfigurationValue.object(texts).canonicalJSON]
    for tensor in tensors {
      let end = offset + 4 * tensor.value.count
      let shape = tensor.value.shape.map(String.init).joined(separator: ",")
      members.append(
        ConfigurationValue.string(tensor.name).canonicalJSON
          + ":{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    let text = Array(("{" + members.joined(separator: ",") + "}").utf8)
    return text + Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
  }

  /// The key of the digest in the metadata.
  static let digestKey = "sha256"

  static let digest = EmbeddedDigest(after: "\"\(digestKey)\":\"")
}
