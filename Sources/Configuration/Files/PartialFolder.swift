import Foundation

/// A folder without its final name, which it either gets in ``publish(replacing:)`` or is removed
/// with all its contents.
///
/// Until then, it is locked and located next to its destination under a name of ``PartialNames``.
/// Anything a killed process leaves is removed by the next one that creates a folder or file in the
/// same place.
package final class PartialFolder {
  /// The current path of the folder.
  package let path: String
  /// The final path, with all symbolic links in the given one followed.
  package let destination: String
  private let descriptor: Int32
  private var isPublished = false

  /// Creates the folder and its parent folders.
  ///
  /// - Throws: ``Diagnostic`` that names the destination and the cause.
  package init(for destination: String) throws {
    let target = try followingLinks(destination)
    // Neither name can be given to another folder.
    if [".", ".."].contains(target.split(separator: "/").last) {
      throw Diagnostic(
        "cannot write '\(destination)': it cannot be replaced; give the folder by a name")
    }
    let place = folder(of: target)
    try createFolder(place)
    PartialNames.removeLeftovers(in: place)
    while true {
      let path = PartialNames.new(in: place)
      guard mkdir(path, 0o777) == 0 else { throw Diagnostic(cannot: "create the folder", target) }
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else {
        // Another writer may already have taken the folder, not locked yet, for a leftover.
        if errno == ENOENT { continue }
        let error = Diagnostic(cannot: "create the folder", target)
        rmdir(path)
        throw error
      }
      if PartialNames.lock(descriptor, at: path) {
        (self.path, self.destination, self.descriptor) = (path, target, descriptor)
        return
      }
      close(descriptor)
    }
  }

  deinit {
    if !isPublished { try? FileManager.default.removeItem(atPath: path) }
    close(descriptor)
  }

  /// Gives the folder its final name.
  ///
  /// - Parameter replacing: Whether it replaces an existing folder, which is then removed. If the
  ///   system supports it (Linux, macOS), the two are exchanged atomically, so that there is a
  ///   folder at every moment. An empty folder is always replaced.
  /// - Throws: ``Diagnostic`` if this is not possible; an existing folder then remains, and the
  ///   code is `EEXIST` or `ENOTEMPTY` if it is in the way.
  package func publish(replacing: Bool) throws {
    if rename(path, destination) == 0 {
      isPublished = true
      return
    }
    guard replacing, errno == EEXIST || errno == ENOTEMPTY else { throw failure() }
    if !Self.exchange(path, destination) { try moveAside() }
    isPublished = true
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Replaces the old folder in two steps, undoing the first if the second fails.
  private func moveAside() throws {
    let old = "\(folder(of: destination))/.aesm2-old-\(path.suffix(16))"
    guard rename(destination, old) == 0 else { throw failure() }
    guard rename(path, destination) == 0 else {
      let error = failure()
      rename(old, destination)
      throw error
    }
    try? FileManager.default.removeItem(atPath: old)
  }

  private func failure() -> Diagnostic { Diagnostic(cannot: "write", destination) }

  /// Exchanges two folders and returns whether the system and the file system support this.
  private static func exchange(_ path: String, _ other: String) -> Bool {
    #if os(Linux)
      // Not declared for Swift, but in every C library since glibc 2.28 and musl 1.2.
      typealias Rename =
        @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
      guard let symbol = dlsym(nil, "renameat2") else { return false }
      let exchanging: UInt32 = 2
      return unsafeBitCast(symbol, to: Rename.self)(AT_FDCWD, path, AT_FDCWD, other, exchanging)
        == 0
    #else
      return renamex_np(path, other, UInt32(RENAME_SWAP)) == 0
    #endif
  }
}
