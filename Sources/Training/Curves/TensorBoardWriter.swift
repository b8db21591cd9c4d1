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
  /// The time of every event, in seconds since 1970; nil for the moment of writing.
  private let time: Double?

  /// Creates an event file.
  ///
  /// - Parameters:
  ///   - folder: The existing folder in which to create it.
  ///   - step: The number of steps done so far.
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  public convenience init(folder: String, step: Int = 0) throws {
    let now = Date().timeIntervalSince1970
    let process = ProcessInfo.processInfo.processIdentifier
    try self.init(path: "\(folder)/events.out.tfevents.\(Int(now * 1e6)).\(process)", time: nil)
    var start = ProtocolBuffer()
    start.append(1, varint: 1)
    var session = event(step: step)
    session.append(7, message: start)
    try append(session)
  }

  /// Creates an event file of a given name.
  ///
  /// - Parameters:
  ///   - path: The file, which must not exist; TensorBoard finds it if `tfevents` is in its name.
  ///   - time: The time of every event, in seconds since 1970; nil for the moment of writing.
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  package init(path: String, time: Double?) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw Diagnostic(cannot: "write", path)
    }
    (self.path, self.time) = (path, time)
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var version = event(step: 0)
    version.append(3, text: "brain.Event:2")
    try append(version)
  }

  /// Writes all scalars of a point.
  ///
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  public func write(_ point: CurvePoint) throws {
    try write(point.scalars.map { Self.scalar($0.name, $0.value) }, step: point.step)
  }

  /// Writes the values of a summary, such as ``scalar(_:_:)``, as one event.
  ///
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  package func write(_ values: [ProtocolBuffer], step: Int) throws {
    var summary = ProtocolBuffer()
    for value in values { summary.append(1, message: value) }
    var event = event(step: step)
    event.append(5, message: summary)
    try append(event)
  }

  /// Returns a number under a tag, as a value of a summary; it is stored in 32 bits.
  package static func scalar(_ tag: String, _ number: Double) -> ProtocolBuffer {
    var value = ProtocolBuffer()
    value.append(1, text: tag)
    value.append(2, float: Float(number))
    return value
  }

  private func event(step: Int) -> ProtocolBuffer {
    var event = ProtocolBuffer()
    event.append(1, double: time ?? Date().timeIntervalSince1970)
    event.append(2, varint: UInt64(step))
    return event
  }

  /// Appends a record with its length, the masked checksum of the length, the content, and the
  /// masked checksum of the content.
  private func append(_ event: ProtocolBuffer) throws {
    let length = withUnsafeBytes(of: UInt64(event.bytes.count).littleEndian) { Array($0) }
    let bytes =
      length + Self.maskedCheck(of: length) + event.bytes + Self.maskedCheck(of: event.bytes)
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

extension CurvePoint {
  /// The numbers of the point by the tags of ``TensorBoardWriter``; undefined ones are left out.
  package var scalars: [(name: String, value: Double)] {
    [
      ("learningRate", learningRate), ("loss/total", loss.total),
      ("loss/crossEntropy", loss.crossEntropy),
    ]
      + loss.auxiliary.map { ("loss/auxiliary/\($0.name)", $0.value) }
      + loss.balance.map { ("balance/\($0.name)", $0.value) }
      + validation.compactMap { measure in
        measure.value.map { ("validation/\(measure.name)", $0) }
      }
  }
}
