import CISAL
import CZlib
import Configuration

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The decompressor of ISA-L 2, loaded into the running process: about three times as fast as
/// zlib's.
///
/// Nothing is linked: the library need not exist when the package is built. The environment
/// variable `AESM2_ISAL` names its file if the system does not find it.
struct ISAL: Sendable {
  private typealias Function = @convention(c) (UnsafeMutablePointer<isal_inflate_state>) -> Int32
  private typealias Procedure = @convention(c) (UnsafeMutablePointer<isal_inflate_state>) -> Void

  /// The library, looked up once; nil if no library works, unless the environment names one.
  static let shared = Result { () throws(Diagnostic) -> ISAL? in
    let path = getenv("AESM2_ISAL").map { String(cString: $0) } ?? ""
    return path.isEmpty ? try? ISAL(path: nil) : try ISAL(path: path)
  }

  private let initialize: Procedure
  private let advance: Function

  /// Loads a file, or the library found by the system under its usual names, and tests it.
  init(path: String?) throws(Diagnostic) {
    let handle = try Self.open(path)
    let name = path ?? "the library ISA-L"
    guard let initialize = dlsym(handle, "isal_inflate_init"),
      let advance = dlsym(handle, "isal_inflate")
    else {
      throw Diagnostic("AESM2_ISAL should name the library ISA-L, but \(name) cannot inflate")
    }
    self.initialize = unsafeBitCast(initialize, to: Procedure.self)
    self.advance = unsafeBitCast(advance, to: Function.self)
    guard inflatesAsZlib else {
      throw Diagnostic(
        "AESM2_ISAL should name a library that works as ISA-L 2.30 does, but \(name) does not inflate "
          + "what zlib deflated")
    }
  }

  /// Returns memory for the state of a stream, with room for versions that need more.
  func makeState() -> UnsafeMutablePointer<isal_inflate_state> {
    let size = 2 * MemoryLayout<isal_inflate_state>.size
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    return memory.bindMemory(to: isal_inflate_state.self, capacity: 1)
  }

  /// Prepares the state for deflated data followed by the trailer of gzip.
  func begin(_ state: UnsafeMutablePointer<isal_inflate_state>) {
    initialize(state)
    state.pointee.crc_flag = UInt32(ISAL_GZIP_WITHOUT_HEADER)
  }

  /// Inflates from the state's input to its output.
  ///
  /// - Returns: Whether no error was found.
  func inflate(_ state: UnsafeMutablePointer<isal_inflate_state>) -> Bool {
    let status = advance(state)
    return status == ISAL_OK || status == ISAL_END_INPUT
  }

  private static func open(_ path: String?) throws(Diagnostic) -> UnsafeMutableRawPointer {
    for name in path.map({ [$0] }) ?? ["libisal.so.2", "libisal.2.dylib"] {
      if let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) { return handle }
    }
    let reason = dlerror().map { String(cString: $0) } ?? "no reason is known"
    throw Diagnostic("the library ISA-L that AESM2_ISAL names cannot be loaded: \(reason)")
  }
}

extension ISAL {
  /// Whether members deflated by zlib inflate to their original content, and damage and truncation
  /// are detected.
  ///
  /// This checks that the library's state has the layout declared here.
  var inflatesAsZlib: Bool {
    let text = Self.trialText
    guard let member = Self.deflated(text) else { return false }
    var damaged = member
    damaged[member.count - 8] ^= 1
    return inflated(member + member) == text + text && inflated(damaged) == nil
      && inflated(Array(member.dropLast(9))) == nil
  }

  /// Inflates bytes in small pieces; nil if they are left to zlib.
  private func inflated(_ bytes: [UInt8]) -> [UInt8]? {
    var rest = bytes[...]
    let input = PieceBuffer(capacity: 1009) { (target, count) in
      let piece = rest.prefix(count)
      for (index, byte) in piece.enumerated() { target[index] = byte }
      rest = rest.dropFirst(count)
      return piece.count
    }
    let inflation = ISALInflation(of: input, by: self, blockSize: 30_011)
    var result: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while let count = try? inflation.read(into: &piece, count: piece.count) {
      if count == 0 { return result }
      result += piece[..<count]
    }
    return nil
  }

  /// Rows of numbers, more than the library buffers of a stream.
  private static var trialText: [UInt8] {
    var number: UInt32 = 1
    return (0..<100_000).map { index in
      number = number &* 1_664_525 &+ 1_013_904_223
      return index % 7 == 6 ? UInt8(ascii: ",") : UInt8(ascii: "0") + UInt8(number >> 28 & 7)
    }
  }

  /// Returns one gzip member; nil if memory is exhausted.
  private static func deflated(_ text: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    let (gzip, memory, size): (Int32, Int32, Int) = (16 + MAX_WBITS, 8, MemoryLayout<z_stream>.size)
    guard
      deflateInit2_(
        &stream, 1, Z_DEFLATED, gzip, memory, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(size)) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    var (source, result) = (text, [UInt8](repeating: 0, count: text.count + 1000))
    return source.withUnsafeMutableBufferPointer { source in
      result.withUnsafeMutableBufferPointer { result in
        (stream.next_in, stream.avail_in) = (source.baseAddress, UInt32(source.count))
        (stream.next_out, stream.avail_out) = (result.baseAddress, UInt32(result.count))
        guard deflate(&stream, Z_FINISH) == Z_STREAM_END else { return nil }
        return Array(result[..<Int(stream.total_out)])
      }
    }
  }
}
