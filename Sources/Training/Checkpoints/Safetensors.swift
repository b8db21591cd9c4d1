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
/// The metadata holds the CRC-32C of all elements; a file that has it is checked against it.
package struct Safetensors {
  /// Texts, by name.
  package var metadata: [String: String]
  /// The tensors, in the order of their data.
  package var tensors: [NamedTensor]

  package init(metadata: [String: String] = [:], tensors: [NamedTensor]) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// Writes a file, in full or not at all.
  ///
  /// - Throws: ``TrainingError`` that names the file and the cause.
  package func write(to path: String) throws {
    let header = self.header
    try AtomicFile.write(path) { append in
      let length = UInt64(header.count).littleEndian
      try withUnsafeBytes(of: length, append)
      try header.withUnsafeBytes(append)
      for tensor in tensors {
        try tensor.value.withUnsafeBufferPointer { try append(UnsafeRawBufferPointer($0)) }
      }
    }
  }

  private var header: [UInt8] {
    var offset = 0
    var texts = metadata.mapValues { ConfigurationValue.string($0) }
    texts[Self.checksumKey] = .string(checksum.hexadecimal)
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

  private var checksum: CRC32C {
    var checksum = CRC32C()
    for tensor in tensors {
      tensor.value.withUnsafeBufferPointer { checksum.update(UnsafeRawBufferPointer($0)) }
    }
    return checksum
  }

  static let checksumKey = "crc32c"
}
