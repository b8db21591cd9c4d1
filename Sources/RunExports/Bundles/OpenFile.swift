import Configuration
import Foundation

/// A file that is read in pieces, at any position.
final class OpenFile {
  /// The path.
  let path: String
  private let descriptor: Int32

  /// Opens a file for reading.
  ///
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Diagnostic(cannot: "read", path) }
  }

  deinit { close(descriptor) }

  /// Calls `body` with the bytes from a position on, piece by piece.
  ///
  /// - Parameters:
  ///   - offset: The position of the first byte.
  ///   - count: The number of bytes; nil for all that follow.
  /// - Throws: ``Diagnostic`` if the file cannot be read or has fewer bytes.
  func forEachPiece(
    from offset: Int = 0, count: Int? = nil, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var (position, rest) = (offset, count ?? .max)
    while rest > 0 {
      let got = buffer.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, min($0.count, rest), off_t(position))
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw Diagnostic(cannot: "read", path) }
      if got == 0 {
        if count == nil { return }
        throw Diagnostic("is truncated").at(path)
      }
      try buffer.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<got])) }
      position += got
      rest -= got
    }
  }

  /// Returns some bytes.
  ///
  /// - Throws: ``Diagnostic`` if the file cannot be read or has fewer bytes.
  func bytes(from offset: Int, count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try forEachPiece(from: offset, count: count) { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// The number of bytes of the file.
  func byteCount() throws -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Diagnostic(cannot: "read", path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw Diagnostic("is not a file").at(path) }
    return Int(status.st_size)
  }
}
