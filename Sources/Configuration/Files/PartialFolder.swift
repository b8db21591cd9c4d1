import Foundation

/// A folder without its final name: it gets that in ``publish(replacing:)``, or is removed with all
/// that is in it.
///
/// Until then it stands beside its destination under a name of ``PartialNames``, locked. What a killed
/// process leaves is removed by the next one that makes a folder or file in the same place.
package final class PartialFolder {
  /// The folder's present path.
  package let path: String
  /// The path that it will have: the end of all symbolic links that the given one goes through.
  package let destination: String
  private let descriptor: Int32
  private var isPublished = false

  /// Makes the folder, and those above it.
  ///
  /// - Throws: ``Diagnostic`` that names the destination and the cause.
  package init(for destination: String) throws {
    let target = try followingLinks(destination)
    let place = folder(of: target)
    try createFolder(place)
    PartialNames.removeLeftovers(in: place)
    while true {
      let path = PartialNames.new(in: place)
      guard mkdir(path, 0o777) == 0 else { throw Diagnostic(cannot: "create the folder", target) }
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else {
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
  /// - Parameter replacing: Whether it takes the place of a folder that is there, which is then
  ///   removed. The two change places in one step where the system can do that (Linux, macOS): at no
  ///   moment is there none. An empty folder is always replaced.
  /// - Throws: ``Diagnostic`` where that is not possible; the folder that was there then stays, and
  ///   its code is `EEXIST` or `ENOTEMPTY` where it is in the way.
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

  /// Replaces the old folder in two steps, and takes the first one back where the second fails.
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

  /// Lets two folders change places; returns whether the system and the file system can do that.
  private static func exchange(_ path: String, _ other: String) -> Bool {
    #if os(Linux)
      // Not declared for Swift; in every C library since glibc 2.28 and musl 1.2.
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
