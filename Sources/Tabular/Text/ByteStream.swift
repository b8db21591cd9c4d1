import Configuration

/// The bytes of a file, uncompressed or gzip-compressed, from beginning to end.
final class ByteStream {
  private let file: OpenFile
  private let gzip: GzipStream?

  /// The path, for messages.
  var path: String { file.path }

  /// Opens a file; its first bytes, not its name, determine whether it is compressed.
  init(path: String) throws {
    file = try OpenFile(path: path)
    switch file.beginning(2) {
    case GzipHeader.magic: gzip = try GzipStream(file, isal: ISAL.shared.get())
    case nil: gzip = try GzipStream(file, isal: nil)
    default: gzip = nil
    }
  }

  /// Reads up to `count` bytes; returns 0 at the end.
  ///
  /// - Throws: ``Diagnostic`` if the file cannot be read, is damaged, or ends too early.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws -> Int {
    if let gzip { return try gzip.read(into: target, count: count) }
    return try file.read(into: target, count: count)
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file opened for reading.
final class OpenFile {
  /// The path, for messages.
  let path: String

  /// The descriptor; closed when this object is destroyed.
  let descriptor: Int32

  /// Opens a file.
  init(path: String) throws(Diagnostic) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw Diagnostic(cannot: "open", path) }
  }

  deinit { close(descriptor) }

  /// Reads up to `count` bytes; returns 0 at the end.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws(Diagnostic) -> Int {
    while true {
      #if canImport(Glibc)
        let received = Glibc.read(descriptor, target, count)
      #else
        let received = Darwin.read(descriptor, target, count)
      #endif
      if received >= 0 { return received }
      if errno != EINTR { throw Diagnostic(cannot: "read", path) }
    }
  }

  /// Returns up to `count` bytes from the beginning of the file, whatever the current position; nil
  /// if that is impossible, as with a pipe.
  func beginning(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let received = pread(descriptor, &bytes, count, 0)
    return received < 0 ? nil : Array(bytes[..<received])
  }
}
