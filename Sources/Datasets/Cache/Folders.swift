import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Creates a folder and the folders above it.
func createFolder(_ url: URL) throws {
  if mkdir(url.path, 0o755) == 0 { return }
  if errno == EEXIST {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue
    {
      return
    }
    throw DataError(cannot: "create the folder", path: url.path, code: ENOTDIR)
  }
  let parent = url.deletingLastPathComponent()
  guard errno == ENOENT, parent.path != url.path else {
    throw DataError(cannot: "create the folder", path: url.path, code: errno)
  }
  try createFolder(parent)
  if mkdir(url.path, 0o755) != 0, errno != EEXIST {
    throw DataError(cannot: "create the folder", path: url.path, code: errno)
  }
}

/// Writes a file under a temporary name, then renames it.
func writeAtomically(_ data: Data, to url: URL) throws {
  let temporary = url.appendingPathExtension("partial-\(ProcessInfo.processInfo.processIdentifier)")
  defer { unlink(temporary.path) }
  let writer = try ColumnFileWriter(path: temporary.path)
  try writer.append(Array(data))
  _ = try writer.finish()
  try move(temporary, to: url)
}

/// Puts the folder `source` in the place of `destination`, which may exist.
func replaceFolder(_ destination: URL, by source: URL) throws {
  let process = ProcessInfo.processInfo.processIdentifier
  let old = destination.deletingLastPathComponent()
    .appending(path: ".\(destination.lastPathComponent).old-\(process)")
  let exists = FileManager.default.fileExists(atPath: destination.path)
  if exists { try move(destination, to: old) }
  try move(source, to: destination)
  if exists { try? FileManager.default.removeItem(at: old) }
}

/// The system's words for an error of Foundation.
func reason(of error: any Error) -> String {
  let error = error as NSError
  if let inner = error.userInfo[NSUnderlyingErrorKey] as? NSError { return reason(of: inner) }
  if error.domain == NSPOSIXErrorDomain, let code = Int32(exactly: error.code) {
    return String(cString: strerror(code))
  }
  return error.localizedDescription
}

private func move(_ source: URL, to destination: URL) throws {
  if rename(source.path, destination.path) != 0 {
    throw DataError(cannot: "write", path: destination.path, code: errno)
  }
}
