/// The bytes of a file, plain or compressed by gzip, from beginning to end.
final class ByteStream {
  private let file: OpenFile
  private let gzip: GzipStream?

  /// The path, for messages.
  var path: String { file.path }

  /// Opens a file, compressed or not, as its first bytes say, whatever its name.
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
  /// - Throws: ``DataError`` where the file cannot be read, is damaged, or ends too early.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws -> Int {
    if let gzip { return try gzip.read(into: target, count: count) }
    return try file.read(into: target, count: count)
  }
}
