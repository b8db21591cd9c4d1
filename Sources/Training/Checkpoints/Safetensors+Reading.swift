import Foundation
import Ranking
import TensorCore

extension Safetensors {
  /// Reads a file.
  ///
  /// - Throws: ``TrainingError`` where it cannot be read, is not of the format, is truncated or
  ///   has more bytes than its header says, holds elements that are not 32-bit floats, or was written
  ///   by this program and does not have the checksum it gives.
  package init(contentsOf path: String) throws {
    let data = try AtomicFile.read(path)
    do {
      self = try Self(data)
    } catch let error as TrainingError {
      throw TrainingError("'\(path)' \(error.description)")
    }
  }

  private init(_ data: Data) throws {
    guard data.count >= 8 else {
      throw TrainingError("is not a safetensors file: it has only \(data.count) bytes")
    }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length >= 2, length <= 1 << 30, data.count == 8 || data[8] == UInt8(ascii: "{") else {
      throw TrainingError("is not a safetensors file: it does not begin with a header")
    }
    guard data.count >= 8 + Int(length) else {
      throw TrainingError(
        "is truncated: its header should have \(length) bytes, but \(data.count - 8) are there")
    }
    let body = data.dropFirst(8 + Int(length))
    let entries: [Entry]
    do {
      guard let text = String(data: data.dropFirst(8).prefix(Int(length)), encoding: .utf8),
        case .object(let members) = try ConfigurationValue(json: text)
      else { throw TrainingError("is not a safetensors file: its header is not a JSON object") }
      metadata = try Self.metadata(members["__metadata__"])
      entries = try members.filter { $0.key != "__metadata__" }
        .map { try Entry(name: $0.key, $0.value) }
        .sorted { $0.place < $1.place }
    } catch let error as ConfigurationError {
      throw TrainingError("is not a safetensors file: its header is \(error)")
    }
    try Self.checkLayout(entries, byteCount: body.count)
    if metadata.removeValue(forKey: Self.digestKey) != nil {
      guard Self.digest.isRight(data, lookingIn: data[..<body.startIndex]) else {
        throw TrainingError("is corrupt: its bytes do not have the checksum that it gives")
      }
    } else if FileFormat.isMarked(metadata) {
      throw TrainingError(
        metadata["crc32c"] == nil
          ? "is corrupt: it lacks its checksum"
          : "is of an earlier version, whose checksum does not cover names and texts; train again")
    } else {
      isForeign = true
    }
    tensors = entries.map { entry in
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
      throw TrainingError("is not a safetensors file: its metadata is not a JSON object")
    }
    return members.compactMapValues(String.init(configuration:))
  }

  private static func checkLayout(_ entries: [Entry], byteCount: Int) throws {
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        throw TrainingError("is corrupt: the elements of '\(entry.name)' do not follow the last")
      }
      end = entry.range.upperBound
    }
    guard byteCount == end else {
      let state = byteCount < end ? "truncated" : "corrupt"
      throw TrainingError(
        "is \(state): its tensors should have \(end) bytes, but \(byteCount) are there")
    }
  }
}

/// What the header of a file says of one tensor.
private struct Entry {
  let name: String
  let shape: [Int]
  let range: Range<Int>

  var place: (Int, Int, String) { (range.lowerBound, range.upperBound, name) }

  init(name: String, _ value: ConfigurationValue) throws {
    guard case .string(let type)? = value["dtype"],
      let shape = value["shape"].flatMap([Int].init(configuration:)),
      let offsets = value["data_offsets"].flatMap([Int].init(configuration:)),
      offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1]
    else { throw TrainingError("is not a safetensors file: its entry for '\(name)' is not valid") }
    guard type == "F32" else {
      throw TrainingError("holds '\(name)' as \(type), but only F32 is read")
    }
    self.name = name
    self.shape = shape
    range = offsets[0]..<offsets[1]
    var count = 4
    for dimension in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow else {
        throw TrainingError("is corrupt: '\(name)' has the shape \(shape)")
      }
      count = product
    }
    guard count == range.count else {
      throw TrainingError(
        "is corrupt: '\(name)' of shape \(shape) has \(range.count) bytes instead of \(count)")
    }
  }
}
