#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that is open for reading.
final class OpenFile {
  /// The path, for messages.
  let path: String

  /// The descriptor; closed when this object goes.
  let descriptor: Int32

  /// Opens a file.
  init(path: String) throws(DataError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw DataError(cannot: "open", path: path, code: errno) }
  }

  deinit { close(descriptor) }

  /// Reads up to `count` bytes; returns 0 at the end.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws(DataError) -> Int {
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

  /// Returns up to `count` bytes at the beginning of the file, wherever it is being read; nil where
  /// that cannot be done, as with a pipe.
  func beginning(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let received = pread(descriptor, &bytes, count, 0)
    return received < 0 ? nil : Array(bytes[..<received])
  }
}
