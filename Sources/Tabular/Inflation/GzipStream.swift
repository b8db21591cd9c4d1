import CZlib
import Configuration

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

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

/// What a gzip file inflates to by zlib, which judges what is right, and names what is wrong.
final class ZlibInflation {
  private let path: String
  private let handle: gzFile

  /// Starts where a file is being read, without looking at it.
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

  /// Starts at the beginning of a file, and passes over so many of the inflated bytes.
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
      throw Diagnostic("\(path) is truncated: the compressed data end too early")
    case Z_ERRNO: throw Diagnostic(cannot: "read", path)
    default:
      // zlib begins with the descriptor, which carries no information here.
      let detail = words.map { String(cString: $0) }?.split(separator: ": ", maxSplits: 1).last
      throw Diagnostic(
        "\(path) is damaged: it cannot be decompressed (\(detail ?? "unknown reason"))")
    }
  }
}
