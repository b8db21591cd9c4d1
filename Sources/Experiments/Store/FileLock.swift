import Configuration
import Foundation
import Synchronization

/// A lock on a file that the system frees when the process that holds it ends, however it ends.
///
/// The lock is on the file and not on its path: who removes the file makes room for another lock. So
/// both are compared, when the lock is taken and as often as it matters (``isStillHeld()``).
final class FileLock: Sendable {
  private let path: String
  private let file: Mutex<Int32>

  private init(path: String, file: Int32) {
    self.path = path
    self.file = Mutex(file)
  }

  deinit { file.withLock { _ = close($0) } }

  /// Takes the lock, or returns nil where another process or another part of this one holds it.
  ///
  /// - Throws: ``Diagnostic`` where the file cannot be made.
  static func take(_ path: String) throws -> FileLock? {
    // Whoever asks for the state of a run holds the lock shared for a moment: try a few times.
    for attempt in 0..<20 {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw Diagnostic(cannot: "lock", path) }
      if flock(file, LOCK_EX | LOCK_NB) == 0 {
        if isFile(file, at: path) { return FileLock(path: path, file: file) }
      } else if errno != EWOULDBLOCK, errno != EINTR {
        let error = Diagnostic(cannot: "lock", path)
        close(file)
        throw error
      }
      close(file)
      if attempt < 19 { usleep(5000) }
    }
    return nil
  }

  /// Whether the file at the path is still the locked one.
  ///
  /// Where it was removed, and its folder was not, it is made and locked anew.
  func isStillHeld() -> Bool {
    file.withLock { file in
      if isFile(file, at: path) { return true }
      let new = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      // Without a folder there is nobody to share with, and every write says what is wrong.
      guard new >= 0 else { return errno == ENOENT }
      guard flock(new, LOCK_EX | LOCK_NB) == 0, isFile(new, at: path) else {
        close(new)
        return false
      }
      close(file)
      file = new
      return true
    }
  }

  /// Whether someone holds the lock.
  static func isHeld(_ path: String) -> Bool {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}
