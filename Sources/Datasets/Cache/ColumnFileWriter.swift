import Ranking

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Appends to one file through a buffer, with a running digest.
final class ColumnFileWriter {
  private let path: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private var hash = SHA256()
  private(set) var byteCount = 0
  private static let bufferSize = 1 << 20

  /// Creates the file.
  init(path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw DataError(cannot: "create", path: path, code: errno) }
    buffer.reserveCapacity(Self.bufferSize)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Appends the bytes of an array of numbers.
  func append<Number>(_ numbers: [Number]) throws where Number: BitwiseCopyable {
    try numbers.withUnsafeBytes { bytes in
      byteCount += bytes.count
      hash.update(bytes)
      if buffer.count + bytes.count > Self.bufferSize { try flush() }
      if bytes.count >= Self.bufferSize {
        try write(bytes)
      } else {
        buffer.append(contentsOf: bytes)
      }
    }
  }

  /// Writes out what is left, closes the file and returns its digest.
  func finish() throws -> String {
    try flush()
    if fsync(descriptor) != 0, errno != EINVAL {
      throw DataError(cannot: "write", path: path, code: errno)
    }
    let status = close(descriptor)
    descriptor = -1
    if status != 0 { throw DataError(cannot: "write", path: path, code: errno) }
    return hash.finish()
  }

  private func flush() throws {
    try buffer.withUnsafeBytes { try write($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws {
    var start = 0
    while start < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
      #if canImport(Glibc)
        let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
      #else
        let written = Darwin.write(descriptor, rest.baseAddress, rest.count)
      #endif
      if written < 0 {
        if errno == EINTR { continue }
        throw DataError(cannot: "write", path: path, code: errno)
      }
      start += written
    }
  }
}
