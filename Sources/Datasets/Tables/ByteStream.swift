import CZlib

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of a file, plain or compressed by gzip, from beginning to end.
final class ByteStream {
  /// The path, for messages.
  let path: String

  private let file: gzFile
  private var descriptor: Int32

  /// Opens a file, compressed or not: its first bytes tell, not its name.
  init(path: String) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw DataError(cannot: "open", path: path, code: errno) }
    guard let file = gzdopen(descriptor, "rb") else {
      close(descriptor)
      throw DataError("cannot open \(path): out of memory")
    }
    self.file = file
    gzbuffer(file, 1 << 18)
  }

  deinit { gzclose_r(file) }

  /// The number of bytes of the file itself that were read so far.
  var position: Int { max(0, Int(gzoffset(file))) }

  /// Reads up to `count` bytes; returns 0 at the end.
  ///
  /// - Throws: ``DataError`` where the file cannot be read, is damaged, or ends too early.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws -> Int {
    let received = gzread(file, target, UInt32(min(count, 1 << 30)))
    if received > 0 { return Int(received) }
    var code: Int32 = 0
    let words = gzerror(file, &code)
    switch code {
    case Z_OK, Z_STREAM_END: return 0
    case Z_BUF_ERROR:
      throw DataError("\(path) is truncated: the compressed data end too early")
    case Z_ERRNO: throw DataError(cannot: "read", path: path, code: errno)
    default:
      let detail = words.map { String(cString: $0) } ?? "unknown reason"
      throw DataError("\(path) is damaged: it cannot be decompressed (\(detail))")
    }
  }
}
