import Configuration
import Datasets
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps runs of bytes for as long as their places are referenced: in memory up to a limit, and
/// beyond it in a scratch file.
final class StagedStore {
  /// The location of a run of bytes.
  enum Place {
    case memory(UnsafeRawBufferPointer, Piece)
    case file(offset: Int, byteCount: Int, ScratchFile)

    /// Calls `body` with the bytes; safe to call concurrently.
    func read<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
      switch self {
      case .memory(let bytes, _): return try body(bytes)
      case .file(let offset, let byteCount, let file):
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
        defer { bytes.deallocate() }
        try file.read(into: bytes, at: offset)
        return try body(UnsafeRawBufferPointer(bytes))
      }
    }
  }

  /// Memory for many runs of bytes.
  final class Piece {
    fileprivate static let size = 1 << 25
    fileprivate let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    fileprivate var usedByteCount = 0

    deinit { bytes.deallocate() }
  }

  private let folder: URL
  private var freeByteCount: Int
  private var last: Piece?
  private var file: ScratchFile?

  /// - Parameters:
  ///   - folder: The folder for a scratch file.
  ///   - memoryLimit: The number of bytes kept in memory.
  init(in folder: URL, memoryLimit: Int) {
    self.folder = folder
    freeByteCount = memoryLimit
  }

  /// Stores bytes that `fill` writes.
  func append(_ byteCount: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) throws -> Place {
    if byteCount <= min(freeByteCount, Piece.size) {
      freeByteCount -= byteCount
      let piece = piece(with: byteCount)
      let end = piece.usedByteCount + byteCount
      let bytes = UnsafeMutableRawBufferPointer(rebasing: piece.bytes[piece.usedByteCount..<end])
      piece.usedByteCount = (end + 63) & ~63
      fill(bytes)
      return .memory(UnsafeRawBufferPointer(bytes), piece)
    }
    freeByteCount = 0
    let file = try self.file ?? ScratchFile(in: folder)
    self.file = file
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
    defer { bytes.deallocate() }
    fill(bytes)
    let offset = try file.append(UnsafeRawBufferPointer(bytes))
    return .file(offset: offset, byteCount: byteCount, file)
  }

  /// Returns the last piece, or a new one if it has no room.
  private func piece(with byteCount: Int) -> Piece {
    if let last, last.usedByteCount + byteCount <= Piece.size { return last }
    let piece = Piece()
    last = piece
    return piece
  }
}

/// An unnamed file for data that do not fit in memory; it disappears with this object, even if the
/// process is killed.
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
    // Freeing the file takes a while, and nobody needs to wait for it.
    DispatchQueue.global().async { [file] in withExtendedLifetime(file) {} }
  }

  /// Appends bytes at the end and returns their offset.
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
  /// Safe to call from several threads concurrently.
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
