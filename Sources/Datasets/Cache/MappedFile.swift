import Ranking

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file mapped into memory for reading.
final class MappedFile: @unchecked Sendable {
  /// The bytes; valid as long as this object lives.
  let bytes: UnsafeRawBufferPointer

  /// Maps a file whose size must be `byteCount`.
  ///
  /// - Throws: ``DataError`` where it cannot be opened or has another size.
  init(path: String, byteCount: Int) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw DataError(cannot: "open", path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw DataError(cannot: "open", path: path, code: errno) }
    guard Int(status.st_size) == byteCount else {
      throw DataError(
        "\(path) has \(status.st_size) bytes, but must have \(byteCount); import the data again")
    }
    guard byteCount > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let address = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw DataError(cannot: "map", path: path, code: errno)
    }
    bytes = UnsafeRawBufferPointer(start: address, count: byteCount)
  }

  deinit {
    if let base = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
  }

  /// The bytes as numbers.
  func numbers<Number: BitwiseCopyable>(_: Number.Type) -> UnsafeBufferPointer<Number> {
    bytes.bindMemory(to: Number.self)
  }

  /// The SHA-256 digest of the bytes.
  var digest: String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }
}
