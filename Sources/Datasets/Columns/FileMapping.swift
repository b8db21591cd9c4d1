import CMappings
import Configuration
import Foundation

/// A file mapped into memory for reading.
///
/// If another process shortens the file, reading it raises SIGBUS rather than a throwable error;
/// ``TruncatedFiles`` turns that into an error message.
final class FileMapping {
  /// The first byte.
  let address: UnsafeRawPointer

  private let byteCount: Int
  private let name: UnsafeMutablePointer<CChar>?
  private let place: Int32

  /// Maps an open file of at least one byte; `path` is for messages.
  ///
  /// - Throws: ``Diagnostic`` if it cannot be mapped.
  init(_ descriptor: Int32, path: String, byteCount: Int) throws {
    let address = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw Diagnostic(cannot: "map", path)
    }
    self.address = UnsafeRawPointer(address)
    self.byteCount = byteCount
    name = strdup(visibleText(path))
    place = name.map { ck_mapping_add(address, byteCount, $0) } ?? -1
  }

  deinit {
    ck_mapping_remove(place)
    munmap(UnsafeMutableRawPointer(mutating: address), byteCount)
    free(name)
  }
}

/// The handling of data set cache files that are shortened while they are mapped.
public enum TruncatedFiles {
  /// Makes this process report the affected file and exit with status 1.
  ///
  /// By default the system raises SIGBUS without a message. Call this once, at the start of a
  /// program.
  ///
  /// - Parameter program: The name that the message begins with; must live as long as the process.
  public static func endProcess(of program: StaticString) {
    program.withUTF8Buffer { name in
      name.withMemoryRebound(to: CChar.self) { ck_mapping_report_truncation($0.baseAddress) }
    }
  }
}
