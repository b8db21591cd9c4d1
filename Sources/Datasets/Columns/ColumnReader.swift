import Configuration

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads parts of one column file.
///
/// A small file is mapped into memory. A large one is read piece by piece: once touched, the pages
/// of a mapped file count as memory of the process, and shuffled reading soon touches all of them.
/// The system caches the file either way.
final class ColumnReader: @unchecked Sendable {
  /// The maximum size in bytes of files that are mapped.
  static let mappedByteLimit = 1 << 28

  /// The size of the file in bytes.
  let byteCount: Int

  /// The path, for messages.
  let path: String

  private let descriptor: Int32
  private let mapping: FileMapping?

  /// Opens a file that must have exactly `byteCount` bytes.
  ///
  /// - Throws: ``Diagnostic`` if it cannot be opened or has another size.
  init(path: String, byteCount: Int, mappedByteLimit: Int = mappedByteLimit) throws {
    self.path = path
    self.byteCount = byteCount
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw Diagnostic(cannot: "open", path) }
    do {
      try Self.check(descriptor, path: path, byteCount: byteCount)
      let isMapped = byteCount > 0 && byteCount <= mappedByteLimit
      mapping = isMapped ? try FileMapping(descriptor, path: path, byteCount: byteCount) : nil
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Copies numbers to `target`, starting with the number at index `first`.
  ///
  /// - Throws: ``Diagnostic`` if the file cannot be read.
  func copy<Number: BitwiseCopyable>(
    _ count: Int, from first: Int, to target: UnsafeMutablePointer<Number>
  ) throws {
    let (start, size) = (first * MemoryLayout<Number>.stride, count * MemoryLayout<Number>.stride)
    precondition(start >= 0 && size >= 0 && start + size <= byteCount, "outside of \(path)")
    if let mapping {
      UnsafeMutableRawPointer(target).copyMemory(from: mapping.address + start, byteCount: size)
    } else {
      try read(start..<start + size, to: UnsafeMutableRawPointer(target))
    }
  }

  /// Returns a range of the file's numbers.
  ///
  /// - Throws: ``Diagnostic`` if the file cannot be read.
  func numbers<Number: BitwiseCopyable>(_ range: Range<Int>, of _: Number.Type) throws -> [Number] {
    try [Number](unsafeUninitializedCapacity: range.count) { buffer, count in
      if let target = buffer.baseAddress {
        try copy(range.count, from: range.lowerBound, to: target)
      }
      count = range.count
    }
  }

  /// The SHA-256 digest of the bytes.
  ///
  /// - Throws: ``Diagnostic`` if the file cannot be read.
  func digest() throws -> String {
    var hash = SHA256()
    let pieceSize = 1 << 20
    for start in stride(from: 0, to: byteCount, by: pieceSize) {
      let piece = try numbers(start..<min(byteCount, start + pieceSize), of: UInt8.self)
      piece.withUnsafeBytes { hash.update($0) }
    }
    return hash.finish()
  }

  private func read(_ range: Range<Int>, to target: UnsafeMutableRawPointer) throws {
    var done = 0
    while done < range.count {
      let count = pread(
        descriptor, target + done, range.count - done, off_t(range.lowerBound + done))
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw Diagnostic(cannot: "read", path) }
      if count == 0 { throw Diagnostic("\(path) became shorter while it was read") }
      done += count
    }
  }

  private static func check(_ descriptor: Int32, path: String, byteCount: Int) throws {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw Diagnostic(cannot: "open", path) }
    guard Int(status.st_size) == byteCount else {
      throw Diagnostic(
        "has \(status.st_size) bytes, but must have \(byteCount); import the data again"
      ).at(path)
    }
  }
}
