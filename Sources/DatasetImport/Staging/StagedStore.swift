import Foundation

/// Keeps runs of bytes for as long as there is somebody who has their place: in memory up to a limit,
/// the others in a scratch file.
final class StagedStore {
  /// Where a run of bytes lies.
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
  ///   - folder: Where a scratch file is put.
  ///   - memoryLimit: How many bytes are kept in memory.
  init(in folder: URL, memoryLimit: Int) {
    self.folder = folder
    freeByteCount = memoryLimit
  }

  /// Keeps bytes that `fill` writes.
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

  /// Returns the last piece, or a new one where that has no room.
  private func piece(with byteCount: Int) -> Piece {
    if let last, last.usedByteCount + byteCount <= Piece.size { return last }
    let piece = Piece()
    last = piece
    return piece
  }
}
