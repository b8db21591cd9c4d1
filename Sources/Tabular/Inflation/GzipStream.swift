import CZlib
import Configuration

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The inflated content of a gzip file, with the same bytes and the same errors with and without
/// ISA-L.
///
/// ISA-L inflates input that is plainly valid. Where it cannot continue, zlib starts over at the
/// beginning of the file, skips the bytes that were already returned, and reports the error, if
/// there is one. ISA-L accepts one thing that zlib rejects: damage to codes that no byte uses, if
/// checksum and length are correct.
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

/// The content of a gzip file inflated by zlib, which decides what is valid and reports errors.
final class ZlibInflation {
  private let path: String
  private let handle: gzFile

  /// Starts at the current position of a file, without reading it yet.
  init(_ file: OpenFile) throws(Diagnostic) {
    path = file.path
    let descriptor = fcntl(file.descriptor, F_DUPFD_CLOEXEC, 0)
    if descriptor < 0 { throw Diagnostic(cannot: "open", path) }
    guard let handle = gzdopen(descriptor, "rb") else {
      close(descriptor)
      throw Diagnostic("cannot open \(path): out of memory")
    }
    gzbuffer(handle, 1 << 18)
    self.handle = handle
  }

  /// Starts at the beginning of a file and skips `count` inflated bytes.
  convenience init(_ file: OpenFile, passingOver count: Int) throws(Diagnostic) {
    guard lseek(file.descriptor, 0, SEEK_SET) == 0 else {
      throw Diagnostic(cannot: "read", file.path)
    }
    try self.init(file)
    gzseek(handle, count, SEEK_SET)
  }

  deinit { gzclose_r(handle) }

  /// Reads up to `count` bytes; returns 0 at the end.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws(Diagnostic) -> Int {
    let received = gzread(handle, target, UInt32(min(count, 1 << 30)))
    if received > 0 { return Int(received) }
    var code: Int32 = 0
    let words = gzerror(handle, &code)
    switch code {
    case Z_OK, Z_STREAM_END: return 0
    case Z_BUF_ERROR:
      throw Diagnostic("is truncated: the compressed data end too early").at(path)
    case Z_ERRNO: throw Diagnostic(cannot: "read", path)
    default:
      // zlib's message begins with the descriptor, which carries no information here.
      let detail = words.map { String(cString: $0) }?.split(separator: ": ", maxSplits: 1).last
      throw Diagnostic(
        "is damaged: it cannot be decompressed (\(detail ?? "unknown reason"))"
      ).at(path)
    }
  }
}
