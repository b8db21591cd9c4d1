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

  private enum Origin {
    case plain(Int32)
    case compressed(gzFile)
  }

  private let origin: Origin

  /// Opens a file, compressed or not: its first bytes tell, not its name.
  init(path: String) throws {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw DataError(cannot: "open", path: path, code: errno) }
    var magic: (UInt8, UInt8) = (0, 0)
    let peeked = pread(descriptor, &magic, 2, 0)
    if peeked >= 0, peeked < 2 || magic != (0x1f, 0x8b) {
      origin = .plain(descriptor)
      return
    }
    guard let file = gzdopen(descriptor, "rb") else {
      close(descriptor)
      throw DataError("cannot open \(path): out of memory")
    }
    gzbuffer(file, 1 << 18)
    origin = .compressed(file)
  }

  deinit {
    switch origin {
    case .plain(let descriptor): close(descriptor)
    case .compressed(let file): gzclose_r(file)
    }
  }

  /// Reads up to `count` bytes; returns 0 at the end.
  ///
  /// - Throws: ``DataError`` where the file cannot be read, is damaged, or ends too early.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws -> Int {
    switch origin {
    case .plain(let descriptor): try read(descriptor, into: target, count: count)
    case .compressed(let file): try inflate(file, into: target, count: count)
    }
  }

  private func read(
    _ descriptor: Int32, into target: UnsafeMutablePointer<UInt8>, count: Int
  ) throws -> Int {
    while true {
      #if canImport(Glibc)
        let received = Glibc.read(descriptor, target, count)
      #else
        let received = Darwin.read(descriptor, target, count)
      #endif
      if received >= 0 { return received }
      if errno != EINTR { throw DataError(cannot: "read", path: path, code: errno) }
    }
  }

  private func inflate(
    _ file: gzFile, into target: UnsafeMutablePointer<UInt8>, count: Int
  ) throws -> Int {
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
