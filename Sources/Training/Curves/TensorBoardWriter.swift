import Configuration
import Foundation

/// Curves as TensorBoard scalars.
///
/// Every start or resumption of a run writes its own event file into the folder. The first event
/// gives the starting step, so that TensorBoard discards what an interrupted process had written
/// beyond it. Tags are `loss/total`, `loss/crossEntropy`, `loss/auxiliary/<name>`,
/// `balance/loss/<objective>`, `balance/weight/<objective>`, `learningRate` and
/// `validation/<metric name>`; undefined measures have no event.
public final class TensorBoardWriter {
  private let path: String
  private let file: FileHandle

  /// Creates an event file.
  ///
  /// - Parameters:
  ///   - folder: The existing folder in which to create it.
  ///   - step: The number of steps done so far.
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  public init(folder: String, step: Int = 0) throws {
    let now = Date().timeIntervalSince1970
    let process = ProcessInfo.processInfo.processIdentifier
    path = "\(folder)/events.out.tfevents.\(Int(now * 1e6)).\(process)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw Diagnostic(cannot: "write", path)
    }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var version = Self.event(step: 0)
    version.append(3, text: "brain.Event:2")
    var start = ProtocolBuffer()
    start.append(1, varint: 1)
    var session = Self.event(step: step)
    session.append(7, message: start)
    try append([version, session])
  }

  /// Writes all scalars of a point.
  ///
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  public func write(_ point: CurvePoint) throws {
    var summary = ProtocolBuffer()
    func add(_ tag: String, _ number: Double) {
      var value = ProtocolBuffer()
      value.append(1, text: tag)
      value.append(2, float: Float(number))
      summary.append(1, message: value)
    }
    add("learningRate", point.learningRate)
    add("loss/total", point.loss.total)
    add("loss/crossEntropy", point.loss.crossEntropy)
    for term in point.loss.auxiliary { add("loss/auxiliary/\(term.name)", term.value) }
    for term in point.loss.balance { add("balance/\(term.name)", term.value) }
    for measure in point.validation {
      if let value = measure.value { add("validation/\(measure.name)", value) }
    }
    var event = Self.event(step: point.step)
    event.append(5, message: summary)
    try append([event])
  }

  private static func event(step: Int) -> ProtocolBuffer {
    var event = ProtocolBuffer()
    event.append(1, double: Date().timeIntervalSince1970)
    event.append(2, varint: UInt64(step))
    return event
  }

  /// Appends records, each with its length, the masked checksum of the length, the content, and the
  /// masked checksum of the content.
  private func append(_ events: [ProtocolBuffer]) throws {
    var bytes: [UInt8] = []
    for event in events {
      let length = withUnsafeBytes(of: UInt64(event.bytes.count).littleEndian) { Array($0) }
      bytes += length + Self.maskedCheck(of: length)
      bytes += event.bytes + Self.maskedCheck(of: event.bytes)
    }
    do {
      try file.write(contentsOf: bytes)
    } catch {
      throw Diagnostic("cannot write '\(path)': \(error.localizedDescription)")
    }
  }

  private static func maskedCheck(of bytes: [UInt8]) -> [UInt8] {
    let check = CRC32C(of: bytes).value
    let masked = (check >> 15 | check << 17) &+ 0xa282_ead8
    return withUnsafeBytes(of: masked.littleEndian) { Array($0) }
  }
}

/// A message in the protocol buffer wire format, as far as TensorBoard's events need it.
struct ProtocolBuffer {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ field: Int, varint value: UInt64) {
    appendKey(field, wireType: 0)
    appendVarint(value)
  }

  mutating func append(_ field: Int, double value: Double) {
    appendKey(field, wireType: 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func append(_ field: Int, float value: Float) {
    appendKey(field, wireType: 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func append(_ field: Int, text: String) { append(field, bytes: Array(text.utf8)) }

  mutating func append(_ field: Int, message: ProtocolBuffer) {
    append(field, bytes: message.bytes)
  }

  private mutating func append(_ field: Int, bytes content: [UInt8]) {
    appendKey(field, wireType: 2)
    appendVarint(UInt64(content.count))
    bytes += content
  }

  private mutating func appendKey(_ field: Int, wireType: UInt64) {
    appendVarint(UInt64(field) << 3 | wireType)
  }

  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
