import Configuration

/// The inflated content of a gzip file, with the same bytes and the same errors with and without
/// ISA-L.
///
/// ISA-L inflates input that is plainly valid. Where it cannot continue, zlib starts over at the
/// beginning of the file, skips the bytes that were already returned, and reports the error, if
/// there is one. After the last member, only zeros may follow. ISA-L accepts one thing that zlib
/// rejects: damage to codes that no byte uses, if checksum and length are correct.
final class GzipStream {
  private enum Provider {
    case isal(ISALInflation)
    case zlib(ZlibInflation)
  }

  private let file: OpenFile
  private var provider: Provider
  private var handedOn = 0

  /// Starts at the beginning of a file; without ISA-L the file may be a pipe, and need not be
  /// compressed.
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
  /// - Throws: ``Diagnostic`` if the file cannot be read, is damaged, or ends too early.
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
