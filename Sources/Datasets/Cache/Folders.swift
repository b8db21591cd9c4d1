import Foundation

/// Creates a folder and the folders above it.
func createFolder(_ url: URL) throws {
  do {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  } catch {
    throw DataError("cannot create the folder \(url.path): \(reason(of: error))")
  }
}

/// Writes a file under a temporary name, then renames it.
func writeAtomically(_ data: Data, to url: URL) throws {
  do {
    try data.write(to: url, options: .atomic)
  } catch {
    throw DataError("cannot write \(url.path): \(reason(of: error))")
  }
}

/// Puts the folder `source` in the place of `destination`, which may exist.
func replaceFolder(_ destination: URL, by source: URL) throws {
  let files = FileManager.default
  let old = destination.deletingLastPathComponent()
    .appending(
      path: ".\(destination.lastPathComponent).old-\(ProcessInfo.processInfo.processIdentifier)")
  do {
    let exists = files.fileExists(atPath: destination.path)
    if exists { try files.moveItem(at: destination, to: old) }
    try files.moveItem(at: source, to: destination)
    if exists { try files.removeItem(at: old) }
  } catch {
    throw DataError("cannot write \(destination.path): \(reason(of: error))")
  }
}

/// The system's words for an error of Foundation.
func reason(of error: any Error) -> String {
  let error = error as NSError
  if let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError {
    return reason(of: underlying)
  }
  if error.domain == NSPOSIXErrorDomain, let code = Int32(exactly: error.code) {
    return String(cString: strerror(code))
  }
  return error.localizedDescription
}
