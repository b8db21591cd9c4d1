import Foundation

/// A file without its final name, which it either gets in ``publish(as:)`` or disappears.
///
/// On Linux the file has no name at all (`O_TMPFILE`), so nothing is left however the process ends;
/// to replace another file, it takes a name of ``PartialNames`` for the moment between two system
/// calls. Elsewhere, and on file systems that do not support this, it has such a name from the
/// start. Either way, it is never opened through a name that another process could have created. It
/// must be used by one thread at a time.
package final class PartialFile: @unchecked Sendable {
  /// The file, open for reading and writing.
  package let descriptor: Int32
  private let folder: String
  private var path: String?

  /// Creates the file in a folder and removes what dead writers left there.
  ///
  /// Returns nil, with the reason in `errno`, if it cannot be created.
  package init?(in folder: String, mode: mode_t) {
    self.folder = folder
    PartialNames.removeLeftovers(in: folder)
    if let unnamed = Self.unnamed(in: folder, mode: mode) {
      descriptor = unnamed
      return
    }
    while true {
      let path = PartialNames.new(in: folder)
      let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
      guard descriptor >= 0 else { return nil }
      if PartialNames.lock(descriptor, at: path) {
        self.descriptor = descriptor
        self.path = path
        return
      }
      close(descriptor)
    }
  }

  deinit {
    if let path { unlink(path) }
    close(descriptor)
  }

  /// Gives the file its final name atomically, replacing any file of that name.
  ///
  /// Returns whether this was possible; if not, the reason is in `errno`.
  package func publish(as target: String) -> Bool {
    if path == nil {
      if link(as: target) { return true }
      let path = PartialNames.new(in: folder)
      guard errno == EEXIST, link(as: path) else { return false }
      self.path = path
    }
    guard let path, rename(path, target) == 0 else { return false }
    self.path = nil
    return true
  }

  private func link(as name: String) -> Bool {
    linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
  }

  private static func unnamed(in folder: String, mode: mode_t) -> Int32? {
    #if os(Linux)
      // O_TMPFILE, whose definition is an expression that Swift does not import.
      let temporary = 0o20000000 | O_DIRECTORY
      guard access("/proc/self/fd", X_OK) == 0 else { return nil }
      let descriptor = open(folder, temporary | O_RDWR | O_CLOEXEC, mode)
      guard descriptor >= 0 else { return nil }
      flock(descriptor, LOCK_EX | LOCK_NB)
      return descriptor
    #else
      return nil
    #endif
  }
}
