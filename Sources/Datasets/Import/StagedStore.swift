import Foundation

/// Keeps runs of bytes: in memory up to a limit, the others in a scratch file.
final class StagedStore {
  /// Where a run of bytes lies.
  enum Place {
    case memory(UnsafeRawBufferPointer)
    case file(offset: Int, byteCount: Int)
  }

  private static let pieceSize = 1 << 25

  private let folder: URL
  private var freeByteCount: Int
  private var pieces: [UnsafeMutableRawBufferPointer] = []
  private var usedOfLast = 0
  private var file: ScratchFile?

  /// - Parameters:
  ///   - folder: Where a scratch file is put.
  ///   - memoryLimit: How many bytes are kept in memory.
  init(in folder: URL, memoryLimit: Int) {
    self.folder = folder
    freeByteCount = memoryLimit
  }

  deinit { discard() }

  /// Keeps bytes that `fill` writes.
  func append(_ byteCount: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) throws -> Place {
    if byteCount <= min(freeByteCount, Self.pieceSize) {
      freeByteCount -= byteCount
      let bytes = memory(byteCount)
      fill(bytes)
      return .memory(UnsafeRawBufferPointer(bytes))
    }
    freeByteCount = 0
    let file = try self.file ?? ScratchFile(in: folder)
    self.file = file
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
    defer { bytes.deallocate() }
    fill(bytes)
    return .file(offset: try file.append(UnsafeRawBufferPointer(bytes)), byteCount: byteCount)
  }

  /// Calls `body` with the bytes of a place; may run beside itself.
  func read<R>(_ place: Place, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    switch place {
    case .memory(let bytes): return try body(bytes)
    case .file(let offset, let byteCount):
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
      defer { bytes.deallocate() }
      try file?.read(into: bytes, at: offset)
      return try body(UnsafeRawBufferPointer(bytes))
    }
  }

  /// Gives everything back; no place can be read any more.
  func discard() {
    pieces.forEach { $0.deallocate() }
    pieces = []
    freeByteCount = 0
    file = nil
  }

  /// Returns the next bytes of the last piece, or of a new one.
  private func memory(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    if pieces.isEmpty || usedOfLast + byteCount > Self.pieceSize {
      let piece = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Self.pieceSize, alignment: 64)
      pieces.append(piece)
      usedOfLast = 0
    }
    let start = usedOfLast
    usedOfLast = (start + byteCount + 63) & ~63
    return UnsafeMutableRawBufferPointer(
      rebasing: pieces[pieces.count - 1][start..<start + byteCount])
  }
}
