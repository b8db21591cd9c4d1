import CZlib
import Configuration

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The content of consecutive gzip members inflated by zlib, which decides what is valid and
/// reports errors; a file that does not begin with a member is passed on as it is.
///
/// It inflates a block ahead: if a block contains an error, none of it is returned. After the last
/// member, zeros up to the end of the file are ignored, as by gzip: tapes and disks are padded with
/// them. Anything else there is damage, because further rows may be lost.
final class ZlibInflation {
  private enum Place {
    case beginning
    case inMember
    case afterMember
    case inPlainFile
  }

  private static let blockSize = 1 << 19

  private let path: String
  private let input: PieceBuffer
  private let failure: ReadFailure
  private let stream: UnsafeMutablePointer<z_stream>
  private let block: UnsafeMutablePointer<UInt8>
  private var unread = 0..<0
  private var place = Place.beginning

  /// The number of bytes of the file that were used.
  private var offset = 0

  /// The reason why the file could not be read.
  private final class ReadFailure {
    var diagnostic: Diagnostic?
  }

  /// Starts at the current position of a file, without reading it yet.
  init(_ file: OpenFile) throws(Diagnostic) {
    path = file.path
    let failure = ReadFailure()
    self.failure = failure
    input = PieceBuffer { (target, count) in
      do throws(Diagnostic) {
        return try file.read(into: target, count: count)
      } catch {
        failure.diagnostic = error
        return nil
      }
    }
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    block = .allocate(capacity: Self.blockSize)
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, 16 + MAX_WBITS, ZLIB_VERSION, size) == Z_OK else {
      throw Diagnostic("cannot open \(path): out of memory")
    }
  }

  /// Starts at the beginning of a file and skips `count` inflated bytes.
  convenience init(_ file: OpenFile, passingOver count: Int) throws(Diagnostic) {
    guard lseek(file.descriptor, 0, SEEK_SET) == 0 else {
      throw Diagnostic(cannot: "read", file.path)
    }
    try self.init(file)
    var rest = count
    while rest > 0 {
      if unread.isEmpty, try !fillBlock() { break }
      rest -= take(rest).count
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    block.deallocate()
  }

  /// Reads `count` bytes, or fewer at the end.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws(Diagnostic) -> Int {
    var received = 0
    while received < count {
      if unread.isEmpty, try !fillBlock() { break }
      let piece = take(count - received)
      (target + received).update(from: block + piece.lowerBound, count: piece.count)
      received += piece.count
    }
    return received
  }

  /// Takes up to `count` bytes of the block and returns their positions.
  private func take(_ count: Int) -> Range<Int> {
    let piece = unread.prefix(count)
    unread = piece.upperBound..<unread.upperBound
    return piece
  }

  /// Inflates until the block is full or the member ends; returns whether anything was left.
  private func fillBlock() throws(Diagnostic) -> Bool {
    if place == .beginning || place == .afterMember {
      guard try beginMember() else { return false }
    }
    if place == .inPlainFile { return try copyBlock() }
    var end = 0
    while place == .inMember, end < Self.blockSize {
      guard try holds(1) else {
        // What precedes the end of a truncated file is returned first.
        if end > 0 { break }
        throw Diagnostic("is truncated: the compressed data end too early").at(path)
      }
      end += try inflate(into: block + end, count: Self.blockSize - end)
    }
    unread = 0..<end
    return true
  }

  private func inflate(
    into target: UnsafeMutablePointer<UInt8>, count: Int
  ) throws(Diagnostic) -> Int {
    let offered = input.count
    (stream.pointee.next_in, stream.pointee.avail_in) = (input.first, UInt32(offered))
    (stream.pointee.next_out, stream.pointee.avail_out) = (target, UInt32(count))
    let status = CZlib.inflate(stream, Z_NO_FLUSH)
    drop(offered - Int(stream.pointee.avail_in))
    switch status {
    case Z_OK: break
    case Z_STREAM_END: place = .afterMember
    case Z_MEM_ERROR: throw Diagnostic("cannot read \(path): out of memory")
    default:
      let detail = stream.pointee.msg.map { String(cString: $0) } ?? "compressed data error"
      throw Diagnostic("is damaged: it cannot be decompressed (\(detail))").at(path)
    }
    return count - Int(stream.pointee.avail_out)
  }

  /// Finds the beginning of the next member; returns whether anything is left to read.
  private func beginMember() throws(Diagnostic) -> Bool {
    if try holds(2), input.first[0] == GzipHeader.magic[0], input.first[1] == GzipHeader.magic[1] {
      inflateReset(stream)
      place = .inMember
      return true
    }
    guard place == .afterMember else {
      place = .inPlainFile
      return true
    }
    guard try reading({ () throws(LeftToZlib) in try input.passZeros() }) else {
      throw Diagnostic(
        "is damaged: after byte \(offset) something follows that is no gzip member"
      ).at(path)
    }
    return false
  }

  private func copyBlock() throws(Diagnostic) -> Bool {
    guard try holds(1) else { return false }
    let count = min(input.count, Self.blockSize)
    block.update(from: input.first, count: count)
    drop(count)
    unread = 0..<count
    return true
  }

  private func holds(_ count: Int) throws(Diagnostic) -> Bool {
    try reading { () throws(LeftToZlib) in try input.holds(count) }
  }

  private func drop(_ count: Int) {
    input.drop(count)
    offset += count
  }

  private func reading<Result>(
    _ body: () throws(LeftToZlib) -> Result
  ) throws(Diagnostic) -> Result {
    do throws(LeftToZlib) { return try body() } catch {
      throw failure.diagnostic ?? Diagnostic(cannot: "read", path, code: EIO)
    }
  }
}
