import Foundation
import Ranking

/// Writing files so that a name always stands for whole contents.
enum AtomicFile {
  /// Writes bytes under a temporary name beside `path`, then renames.
  ///
  /// - Throws: ``ConfigurationError`` that names the file and the reason, such as a full disk.
  static func write(_ bytes: Data, to path: String) throws {
    let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier).tmp"
    do {
      try write(bytes, directlyTo: temporary)
      guard rename(temporary, path) == 0 else { throw systemError("cannot write \(path)") }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Writes text and a newline.
  static func write(line text: String, to path: String) throws {
    try write(Data((text + "\n").utf8), to: path)
  }

  private static func write(_ bytes: Data, directlyTo path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw systemError("cannot write \(path)") }
    defer { close(file) }
    try bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = Foundation.write(
          file, buffer.baseAddress?.advanced(by: written), buffer.count - written)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw systemError("cannot write \(path)") }
        written += count
      }
    }
    guard fsync(file) == 0 else { throw systemError("cannot write \(path)") }
  }
}

/// Returns the error of the last system call in a sentence: what could not be done, and why.
func systemError(_ sentence: String, number: Int32 = errno) -> ConfigurationError {
  ConfigurationError("\(sentence): \(String(cString: strerror(number)).lowercased())")
}
