import Foundation
import Ranking

/// A lock on a file that the system frees when the process that holds it ends, however it ends.
final class FileLock {
  private let file: Int32

  private init(file: Int32) { self.file = file }

  deinit { close(file) }

  /// Takes the lock, or returns nil where another process or another part of this one holds it.
  ///
  /// - Throws: ``ConfigurationError`` where the file cannot be made.
  static func take(_ path: String) throws -> FileLock? {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw systemError("cannot lock \(path)") }
    // Whoever asks for the state of a run holds the lock shared for a moment: try a few times.
    for attempt in 0..<20 {
      if flock(file, LOCK_EX | LOCK_NB) == 0 { return FileLock(file: file) }
      guard errno == EWOULDBLOCK || errno == EINTR else {
        let error = systemError("cannot lock \(path)")
        close(file)
        throw error
      }
      if attempt < 19 { usleep(5000) }
    }
    close(file)
    return nil
  }

  /// Whether someone holds the lock.
  static func isHeld(_ path: String) -> Bool {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}
