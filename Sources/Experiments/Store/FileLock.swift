import Configuration
import Foundation
import Synchronization

/// A file lock that the system frees when the process holding it ends, however it ends.
///
/// It uses `flock`: local file systems enforce it on the machine, and NFS (on Linux since 2.6.12,
/// as a lock of all bytes held by the server), SMB, and Lustre mounted with `-o flock` enforce it
/// across machines. A mount with machine-local locks (`nolock` or `local_lock` of NFS,
/// `-o localflock` of Lustre) enforces it on its own machine only, which a process cannot detect.
/// A file system that does not support locks is rejected.
///
/// The lock is on the file rather than its path: removing the file makes room for another lock.
/// Both are therefore compared, when the lock is taken and whenever it matters (``isStillHeld()``).
final class FileLock: Sendable {
  private let path: String
  private let file: Mutex<Int32>
  private let text = Mutex("")

  private init(path: String, file: Int32) {
    self.path = path
    self.file = Mutex(file)
  }

  deinit { file.withLock { _ = close($0) } }

  /// Takes the lock, or returns nil if another process or another part of this one holds it.
  ///
  /// - Parameter flock: The system call, which tests replace.
  /// - Throws: ``Diagnostic`` if the file cannot be created, or if its file system does not lock:
  ///   it reports so, or grants one lock to two descriptors.
  static func take(
    _ path: String, flock: (_ file: Int32, _ operation: Int32) -> Int32 = { flock($0, $1) }
  ) throws -> FileLock? {
    // A query of a run's state holds the lock shared for a moment: try a few times.
    for attempt in 0..<20 {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw Diagnostic(cannot: "lock", path) }
      let lock = FileLock(path: path, file: file)
      if flock(file, LOCK_EX | LOCK_NB) == 0 {
        let isShared = takesTwice(path, flock)
        if isFile(file, at: path) {
          if isShared { throw cannotLock(path, "two descriptors got the same lock") }
          return lock
        }
      } else if errno != EWOULDBLOCK, errno != EINTR {
        let code = errno
        guard [ENOLCK, ENOSYS, ENOTSUP, EOPNOTSUPP, EINVAL].contains(code) else {
          throw Diagnostic(cannot: "lock", path, code: code)
        }
        throw cannotLock(path, String(cString: strerror(code)))
      }
      if attempt < 19 { usleep(5000) }
    }
    return nil
  }

  /// Whether the lock, which is already held, is granted a second time.
  private static func takesTwice(_ path: String, _ flock: (Int32, Int32) -> Int32) -> Bool {
    let file = open(path, O_RDWR | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return flock(file, LOCK_EX | LOCK_NB) == 0
  }

  private static func cannotLock(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      "cannot lock '\(path)' (\(reason)): without locks two processes could execute the same run; use a "
        + "folder on a local disk, or mount this file system with locks (-o flock for Lustre, a lock "
        + "service for NFS)"
    )
  }

  /// Takes over the lock that the parent of this process took and passed on as an open file; nil if
  /// it passed none, or one of another file.
  static func inherited(_ path: String) -> FileLock? {
    let file = inheritedDescriptor
    guard ProcessInfo.processInfo.environment[inheritanceVariable] != nil, isFile(file, at: path),
      flock(file, LOCK_EX | LOCK_NB) == 0
    else { return nil }
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    return FileLock(path: path, file: file)
  }

  /// The descriptor under which a child process inherits a lock.
  static let inheritedDescriptor: Int32 = 9
  /// The environment variable that tells a child process that it inherits a lock.
  static let inheritanceVariable = "AESM2_INHERITS_LOCK"

  /// The descriptor of the locked file.
  var descriptor: Int32 { file.withLock { $0 } }

  /// Replaces the contents of the file, without making them durable.
  ///
  /// They inform others about the holder; the lock does not depend on them.
  func write(_ text: String) {
    self.text.withLock { $0 = text }
    file.withLock { Self.write(text, to: $0) }
  }

  private static func write(_ text: String, to file: Int32) {
    var text = text
    _ = text.withUTF8 { pwrite(file, $0.baseAddress, $0.count, 0) }
    ftruncate(file, off_t(text.utf8.count))
  }

  /// Changes the modification time of the file, which takes no space and no permission.
  func touch() { file.withLock { _ = futimens($0, nil) } }

  /// Whether the file at the path is still the locked one.
  ///
  /// If it was removed but its folder was not, the file is created and locked again.
  func isStillHeld() -> Bool {
    file.withLock { file in
      if isFile(file, at: path) { return true }
      let new = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      // Without a folder nobody else can take the run, and every write reports the error.
      guard new >= 0 else { return errno == ENOENT }
      guard flock(new, LOCK_EX | LOCK_NB) == 0, isFile(new, at: path) else {
        close(new)
        return false
      }
      close(file)
      file = new
      Self.write(text.withLock { $0 }, to: new)
      return true
    }
  }

  /// Whether any process holds the lock.
  static func isHeld(_ path: String) -> Bool {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}
