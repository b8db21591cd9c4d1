import CISAL
import Configuration

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The decompressor of ISA-L 2, loaded into the running process: about three times as fast as zlib's.
///
/// Nothing is linked: the library need not be there when the package is built. The environment
/// variable `AESM2_ISAL` names its file where the system does not find it.
struct ISAL: Sendable {
  private typealias Function = @convention(c) (UnsafeMutablePointer<isal_inflate_state>) -> Int32
  private typealias Procedure = @convention(c) (UnsafeMutablePointer<isal_inflate_state>) -> Void

  /// The library, looked up once; nil if none works, unless the environment
  /// names it.
  static let shared = Result { () throws(Diagnostic) -> ISAL? in
    let path = getenv("AESM2_ISAL").map { String(cString: $0) } ?? ""
    return path.isEmpty ? try? ISAL(path: nil) : try ISAL(path: path)
  }

  private let initialize: Procedure
  private let advance: Function

  /// Loads a file, or what the system finds under the library's names, and tries it out.
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

  /// Prepares the state for deflated data with the trailer of gzip behind them.
  func begin(_ state: UnsafeMutablePointer<isal_inflate_state>) {
    initialize(state)
    state.pointee.crc_flag = UInt32(ISAL_GZIP_WITHOUT_HEADER)
  }

  /// Inflates from the state's input to its output.
  ///
  /// - Returns: Whether nothing was found wrong.
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
