import Foundation

/// Files that are either there in full or not at all.
package enum AtomicFile {
  /// Writes a file under the temporary name `<path>.partial`, makes it durable, and renames it.
  ///
  /// - Parameters:
  ///   - path: The file; what it held before is replaced.
  ///   - write: Calls its argument with the bytes, piece by piece.
  /// - Throws: ``TrainingError`` that names the file and the cause, after removing the temporary
  ///   file; what `write` throws.
  package static func write(
    _ path: String, _ write: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    let partial = path + ".partial"
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(path) }
    var isOpen = true
    do {
      try write { try writeAll($0, to: descriptor, path: path) }
      guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure(path) }
      isOpen = false
      guard close(descriptor) == 0, rename(partial, path) == 0 else { throw failure(path) }
    } catch {
      if isOpen { _ = close(descriptor) }
      _ = unlink(partial)
      throw error
    }
    syncFolder(of: path)
  }

  /// Writes bytes as a whole file; see ``write(_:_:)-(String,_)``.
  package static func write(_ path: String, bytes: some Collection<UInt8>) throws {
    let bytes = Array(bytes)
    try write(path) { append in try bytes.withUnsafeBytes(append) }
  }

  /// Returns the bytes of a file.
  ///
  /// - Throws: ``TrainingError`` that names the file and the cause.
  package static func read(_ path: String) throws -> Data {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw TrainingError("cannot read '\(path)': \(errorText())")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      return try handle.readToEnd() ?? Data()
    } catch {
      throw TrainingError("cannot read '\(path)': \(error.localizedDescription)")
    }
  }

  private static func writeAll(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String
  ) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let count = Foundation.write(descriptor, piece.baseAddress, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(path) }
      rest = rest.dropFirst(count)
    }
  }

  /// Makes the rename durable; some file systems cannot, and the file itself is safe by then.
  private static func syncFolder(of path: String) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    _ = close(descriptor)
  }

  private static func failure(_ path: String) -> TrainingError {
    TrainingError("cannot write '\(path)': \(errorText())")
  }

  private static func errorText() -> String { String(cString: strerror(errno)) }
}
