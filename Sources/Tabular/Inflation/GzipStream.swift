import Configuration

/// What a gzip file inflates to: the same bytes and the same errors with ISA-L and without.
///
/// ISA-L inflates what is plainly right. Where it cannot go on, zlib takes the file from the beginning,
/// passes over what was already handed on, and says what is wrong, if anything is. One thing ISA-L
/// lets pass that zlib refuses: damage to codes that no byte uses, where checksum and length are right.
final class GzipStream {
  private enum Provider {
    case isal(ISALInflation)
    case zlib(ZlibInflation)
  }

  private let file: OpenFile
  private var provider: Provider
  private var handedOn = 0

  /// Starts at the beginning of a file; without ISA-L the file may be a pipe, and may be plain.
  init(_ file: OpenFile, isal: ISAL?) throws(Diagnostic) {
    self.file = file
    if let isal {
      let input = PieceBuffer { (target, count) in try? file.read(into: target, count: count) }
      provider = .isal(ISALInflation(of: input, by: isal))
    } else {
      provider = .zlib(try ZlibInflation(file))
    }
  }

  /// Reads up to `count` bytes; returns 0 at the end.
  ///
  /// - Throws: ``Diagnostic`` where the file cannot be read, is damaged, or ends too early.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws(Diagnostic) -> Int {
    switch provider {
    case .isal(let inflation):
      do {
        let received = try inflation.read(into: target, count: count)
        handedOn += received
        return received
      } catch {
        let inflation = try ZlibInflation(file, passingOver: handedOn)
        provider = .zlib(inflation)
        return try inflation.read(into: target, count: count)
      }
    case .zlib(let inflation): return try inflation.read(into: target, count: count)
    }
  }
}
