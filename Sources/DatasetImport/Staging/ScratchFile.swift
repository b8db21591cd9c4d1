import Configuration
import Datasets
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file without a name, for what does not fit in memory; it is gone when this object is, even if
/// the process is killed.
final class ScratchFile {
  private let path: String
  private let file: PartialFile
  private var descriptor: Int32 { file.descriptor }
  private var size = 0

  /// Creates the file in a folder.
  init(in folder: URL) throws {
    try createFolder(folder.path)
    path = folder.appending(path: "(temporary file)").path
    guard let file = PartialFile(in: folder.path, mode: 0o600) else {
      throw Diagnostic(cannot: "create", path)
    }
    self.file = file
  }

  deinit {
    // Giving the file back takes a while that nobody has to wait for.
    DispatchQueue.global().async { [file] in withExtendedLifetime(file) {} }
  }

  /// Writes bytes at the end and returns where that was.
  func append(_ bytes: UnsafeRawBufferPointer) throws -> Int {
    let offset = size
    var start = 0
    while start < bytes.count {
      let written = pwrite(
        descriptor, bytes.baseAddress.map { $0 + start }, bytes.count - start, off_t(offset + start)
      )
      if written < 0 {
        if errno == EINTR { continue }
        throw Diagnostic(cannot: "write", path)
      }
      start += written
    }
    size += bytes.count
    return offset
  }

  /// Reads bytes that were written at `offset`.
  ///
  /// May be called from several threads at once.
  func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    var start = 0
    while start < target.count {
      let received = pread(
        descriptor, target.baseAddress.map { $0 + start }, target.count - start,
        off_t(offset + start))
      if received < 0, errno == EINTR { continue }
      guard received > 0 else {
        throw Diagnostic(cannot: "read", path, code: received < 0 ? errno : EIO)
      }
      start += received
    }
  }
}
