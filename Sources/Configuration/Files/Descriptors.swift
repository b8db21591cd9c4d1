import Foundation

/// Writes all bytes to an open file, pipe or device.
///
/// Interrupted writes are resumed; a pipe that is currently full is waited for.
///
/// - Returns: The error number, or nil if everything was written.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32? {
  var rest = bytes[...]
  while !rest.isEmpty {
    let piece = UnsafeRawBufferPointer(rebasing: rest)
    let count = write(descriptor, piece.baseAddress, piece.count)
    if count > 0 {
      rest = rest.dropFirst(count)
      continue
    }
    let code = count == 0 ? EIO : errno
    switch code {
    case EINTR: continue
    case EAGAIN, EWOULDBLOCK:
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      if poll(&waiting, 1, -1) < 0, errno != EINTR { return errno }
    default: return code
    }
  }
  return nil
}

/// Writes text to an open file, pipe or device; see ``writeAll(_:to:)-(UnsafeRawBufferPointer,_)``.
package func writeAll(_ text: String, to descriptor: Int32) -> Int32? {
  var text = text
  return text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
}

/// Returns the path to which a path leads through symbolic links, whether or not anything exists
/// there.
///
/// - Throws: ``Diagnostic`` if links form a cycle.
package func followingLinks(_ path: String) throws -> String {
  var current = path
  while current.count > 1, current.hasSuffix("/") { current.removeLast() }
  var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
  for _ in 0..<40 {
    let length = buffer.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { chars in
        chars.baseAddress.map { readlink(current, $0, chars.count) } ?? -1
      }
    }
    guard length > 0 else { return current }
    let target = String(decoding: buffer[..<length], as: UTF8.self)
    current = target.hasPrefix("/") ? target : "\(folder(of: current))/\(target)"
  }
  throw Diagnostic(cannot: "write", path, code: ELOOP)
}

/// Returns the folder that contains a path; `.` for a bare name.
package func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Returns the file status (`stat`) of a path, or of a link itself; nil if nothing exists there.
package func fileStatus(_ path: String, followingLinks follows: Bool = true) -> stat? {
  var status = stat()
  return (follows ? stat(path, &status) : lstat(path, &status)) == 0 ? status : nil
}

/// Returns whether a path leads to a folder.
package func isFolder(_ path: String) -> Bool {
  fileStatus(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
}

/// Returns whether a path leads to the file that is open.
package func isFile(_ descriptor: Int32, at path: String) -> Bool {
  var own = stat()
  guard fstat(descriptor, &own) == 0, let found = fileStatus(path, followingLinks: false) else {
    return false
  }
  return own.st_ino == found.st_ino && own.st_dev == found.st_dev
}

/// Creates a folder and its parent folders if they are missing.
///
/// - Throws: ``Diagnostic`` that names the folder that cannot be created.
package func createFolder(_ path: String) throws {
  if mkdir(path, 0o777) == 0 { return }
  let code = errno
  if let status = fileStatus(path) {
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw Diagnostic(cannot: "create the folder", path, code: ENOTDIR)
    }
    return
  }
  let above = folder(of: path)
  guard code == ENOENT, above != path else {
    throw Diagnostic(cannot: "create the folder", path, code: code)
  }
  try createFolder(above)
  guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
    throw Diagnostic(cannot: "create the folder", path)
  }
}
