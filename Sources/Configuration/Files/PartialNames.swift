import Foundation

/// The names of files and folders that are being written, and their removal if the writer died.
///
/// A name consists of `.aesm2-partial-` and 16 random hexadecimal digits and is in the folder of
/// its target, so writers never collide. The writer holds a lock (`flock`) on what it writes. The
/// system releases the lock when the process ends, however it ends: anything with such a name but
/// without a lock is left over from a dead writer, and the next writer in the folder removes it.
enum PartialNames {
  private static let prefix = ".aesm2-partial-"
  private static let digitCount = 16

  /// Returns a path that no other writer uses.
  static func new(in folder: String) -> String {
    let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
    let zeros = String(repeating: "0", count: digitCount - digits.count)
    return "\(folder)/\(prefix)\(zeros)\(digits)"
  }

  /// Returns whether a name is of this form.
  static func contains(_ name: some StringProtocol) -> Bool {
    name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + digitCount
      && name.dropFirst(prefix.count).allSatisfy(\.isHexDigit)
  }

  /// Locks the file or folder just created at a path.
  ///
  /// - Returns: Whether it is still there and locked; another writer may have taken it for a
  ///   leftover in the meantime.
  static func lock(_ descriptor: Int32, at path: String) -> Bool {
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK { return false }
    return isFile(descriptor, at: path)
  }

  /// Removes what dead writers left in a folder, except what cannot be removed.
  static func removeLeftovers(in folder: String) {
    for name in names(in: folder) {
      let path = "\(folder)/\(name)"
      let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, isFile(descriptor, at: path) else {
        continue
      }
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  private static func names(in folder: String) -> [String] {
    guard let entries = opendir(folder) else { return [] }
    defer { closedir(entries) }
    var names: [String] = []
    while let entry = readdir(entries) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if contains(name) { names.append(name) }
    }
    return names
  }
}

/// Removes what a dead process left while writing the file or folder at a path.
package func removeLeftovers(of path: String) {
  PartialNames.removeLeftovers(in: folder(of: (try? followingLinks(path)) ?? path))
}

/// Removes a folder with everything in it.
///
/// The folder first takes a name of ``PartialNames``, so other processes never see a part of it; if
/// this process is killed before the rest is removed, the next writer in the place removes it.
///
/// - Throws: ``Diagnostic`` that names the folder and the cause.
package func removeFolder(_ path: String) throws {
  let removed = PartialNames.new(in: folder(of: path))
  guard rename(path, removed) == 0 else { throw Diagnostic(cannot: "remove", path) }
  do { try FileManager.default.removeItem(atPath: removed) } catch {
    throw Diagnostic(cannot: "remove", removed, because: error)
  }
}

/// Returns whether a name belongs to something that is being written, or was when its writer died.
package func isPartialName(_ name: String) -> Bool { PartialNames.contains(name) }
