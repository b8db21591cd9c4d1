import CMappings
import Configuration
import Foundation

/// A file in memory, for reading.
///
/// Where another process makes the file shorter, reading it is a SIGBUS and no error that could be
/// thrown; ``TruncatedFiles`` makes a sentence of that.
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

/// What a program does where a file of a data set cache becomes shorter while it is mapped.
public enum TruncatedFiles {
  /// Lets this process say which file that was, and end with status 1.
  ///
  /// The system's own answer is a SIGBUS without a word. To be called once, at the start of a program.
  ///
  /// - Parameter program: The name that the message begins with; lives as long as the process.
  public static func endProcess(of program: StaticString) {
    program.withUTF8Buffer { name in
      name.withMemoryRebound(to: CChar.self) { ck_mapping_report_truncation($0.baseAddress) }
    }
  }
}
