import Configuration
import Foundation
import MessagePassing
import TensorCore

/// Named tensors and texts in the safetensors format, which other tools can read.
///
/// A file begins with the length of the header in 8 bytes, little-endian. The header follows: JSON
/// with the `dtype` (here always `F32`), `shape` and `data_offsets` of every tensor, and
/// `__metadata__`, an object of texts. After it come the elements, row-major and little-endian,
/// without gaps. The header is padded with spaces so that elements begin at a multiple of 8 bytes.
///
/// The metadata of a file written here contain `sha256`, the SHA-256 digest of the whole file,
/// computed with zeros in place of the 64 digits of the digest itself. A file that has this digest,
/// or is marked as written by this program, is read only if the digest is correct.
package struct Safetensors {
  /// Texts, by name.
  package var metadata: [String: String]
  /// The tensors, in the order of their data.
  package var tensors: [NamedTensor]
  /// Whether the file was written by another program and thus has no checksum to verify its
  /// integrity.
  package internal(set) var isForeign = false

  package init(metadata: [String: String] = [:], tensors: [NamedTensor]) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// Writes a file, in full or not at all.
  ///
  /// - Parameters:
  ///   - path: The file; any existing content is replaced.
  ///   - ranks: If there are several, all of them call this, and the leader writes the file.
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  package func write(to path: String, ranks: RankGroup? = nil) throws {
    var header = self.header
    if let ranks, !ranks.isLeader {
      // Rows go to the leader twice: for the digest and for the file.
      for _ in 0..<2 { try forEachPiece(header) { _ in } }
      return
    }
    if let digits = Self.digest.place(in: header) {
      var hash = SHA256()
      try forEachPiece(header) { hash.update($0) }
      header.replaceSubrange(digits, with: hash.finish().utf8)
    }
    try AtomicFile.write(path) { try forEachPiece(header, $0) }
  }

  /// Calls `body` with the bytes of the file, piece by piece.
  private func forEachPiece(
    _ header: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try withUnsafeBytes(of: UInt64(header.count).littleEndian, body)
    try header.withUnsafeBytes(body)
    for tensor in tensors {
      if let shards = tensor.shards {
        try shards.forEachBlock(of: tensor.value, body)
      } else {
        try tensor.value.withUnsafeBufferPointer { try body(UnsafeRawBufferPointer($0)) }
      }
    }
  }

  /// The header, with zeros in the place of the digest.
  private var header: [UInt8] {
    var offset = 0
    var texts = metadata.mapValues { ConfigurationValue.string($0) }
    texts[Self.digestKey] = .string(EmbeddedDigest.zeros)
    var members = ["\"__metadata__\":" + ConfigurationValue.object(texts).canonicalJSON]
    for tensor in tensors {
      let end = offset + 4 * tensor.shapeInFiles.reduce(1, *)
      let shape = tensor.shapeInFiles.map(String.init).joined(separator: ",")
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

extension Safetensors {
  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - store: The model into which the tensors are to be loaded: if the rows of its tables are
  ///     divided among ranks, only those of this rank are kept in memory.
  /// - Throws: ``Diagnostic`` if it cannot be read, is not of the format, is truncated or longer
  ///   than its header says, has elements other than 32-bit floats, or was written by this program
  ///   and does not match its checksum.
  package init(contentsOf path: String, for store: ParameterStore? = nil) throws {
    let isDivided = store?.parameters.contains { $0.shards != nil } ?? false
    let data = try isDivided ? AtomicFile.map(path) : AtomicFile.read(path)
    self = try locating(path) { try Self(data, store: isDivided ? store : nil) }
  }

  /// Reads the bytes of a file; see ``init(contentsOf:for:)``.
  package init(_ data: Data, store: ParameterStore? = nil) throws {
    guard data.count >= 8 else {
      throw Diagnostic("is not a safetensors file: it has only \(data.count) bytes")
    }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length >= 2, length <= 1 << 30, data.count == 8 || data[8] == UInt8(ascii: "{") else {
      throw Diagnostic("is not a safetensors file: it does not begin with a header")
    }
    guard data.count >= 8 + Int(length) else {
      throw Diagnostic(
        "is truncated: its header should have \(length) bytes, but \(data.count - 8) are there")
    }
    let body = data.dropFirst(8 + Int(length))
    guard let text = String(data: data.dropFirst(8).prefix(Int(length)), encoding: .utf8) else {
      throw Diagnostic("is not a safetensors file: its header is not UTF-8 text")
    }
    let header = try locating("is not a safetensors file: its header") {
      try ConfigurationValue(json: text)
    }
    guard case .object(let members) = header else {
      throw Diagnostic("is not a safetensors file: its header is not a JSON object")
    }
    metadata = try Self.metadata(members["__metadata__"])
    let entries = try members.filter { $0.key != "__metadata__" }
      .map { try Entry(name: $0.key, $0.value) }
      .sorted { $0.place < $1.place }
    try Self.checkLayout(entries, byteCount: body.count)
    if metadata.removeValue(forKey: Self.digestKey) != nil {
      guard Self.digest.isRight(data, lookingIn: data[..<body.startIndex]) else {
        throw Diagnostic("is corrupt: its bytes do not have the checksum that it gives")
      }
    } else if FileFormat.isMarked(metadata) {
      throw Diagnostic(
        metadata["crc32c"] == nil
          ? "is corrupt: it lacks its checksum"
          : "is of an earlier version, whose checksum does not cover names and texts; train again")
    } else {
      isForeign = true
    }
    tensors = entries.map { entry in
      if let shards = store?.shards(ofTensor: entry.name, shape: entry.shape) {
        let rows = data.withUnsafeBytes { file in
          entry.rows(of: shards, in: file.dropFirst(body.startIndex - data.startIndex))
        }
        return NamedTensor(name: entry.name, value: rows, shards: shards)
      }
      let tensor = Tensor(uninitialized: entry.shape)
      let start = body.startIndex + entry.range.lowerBound
      tensor.withUnsafeMutableBufferPointer { buffer in
        _ = data.copyBytes(
          to: UnsafeMutableRawBufferPointer(buffer), from: start..<start + entry.range.count)
      }
      return NamedTensor(name: entry.name, value: tensor)
    }
  }

  private static func metadata(_ value: ConfigurationValue?) throws -> [String: String] {
    guard let value else { return [:] }
    guard case .object(let members) = value else {
      throw Diagnostic("is not a safetensors file: its metadata is not a JSON object")
    }
    return members.compactMapValues(String.init(configuration:))
  }

  private static func checkLayout(_ entries: [Entry], byteCount: Int) throws {
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        throw Diagnostic("is corrupt: the elements of '\(entry.name)' do not follow the last")
      }
      end = entry.range.upperBound
    }
    guard byteCount == end else {
      let state = byteCount < end ? "truncated" : "corrupt"
      throw Diagnostic(
        "is \(state): its tensors should have \(end) bytes, but \(byteCount) are there")
    }
  }
}

/// The entry of one tensor in the header of a file.
private struct Entry {
  let name: String
  let shape: [Int]
  let range: Range<Int>

  /// Returns this rank's rows of the tensor, given the elements of all tensors.
  func rows(of shards: RowShards, in body: Slice<UnsafeRawBufferPointer>) -> Tensor {
    let tensor = Tensor(uninitialized: [shards.ownRowCount] + shape.dropFirst())
    let width = 4 * tensor.columnCount
    for own in 0..<shards.ownRowCount {
      let start = body.startIndex + range.lowerBound + shards.row(ofOwn: own) * width
      UnsafeMutableRawBufferPointer(rebasing: tensor.mutableBytes[own * width..<(own + 1) * width])
        .copyBytes(from: body[start..<start + width])
    }
    return tensor
  }

  var place: (Int, Int, String) { (range.lowerBound, range.upperBound, name) }

  init(name: String, _ value: ConfigurationValue) throws {
    guard case .string(let type)? = value["dtype"],
      let shape = value["shape"].flatMap([Int].init(configuration:)),
      let offsets = value["data_offsets"].flatMap([Int].init(configuration:)),
      offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1]
    else { throw Diagnostic("is not a safetensors file: its entry for '\(name)' is not valid") }
    guard type == "F32" else {
      throw Diagnostic("holds '\(name)' as \(type), but only F32 is read")
    }
    self.name = name
    self.shape = shape
    range = offsets[0]..<offsets[1]
    var count = 4
    for dimension in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow else {
        throw Diagnostic("is corrupt: '\(name)' has the shape \(shape)")
      }
      count = product
    }
    guard count == range.count else {
      throw Diagnostic(
        "is corrupt: '\(name)' of shape \(shape) has \(range.count) bytes instead of \(count)")
    }
  }
}
