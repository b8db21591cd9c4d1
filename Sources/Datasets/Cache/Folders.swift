import Foundation
import Ranking

/// Creates a folder and the folders above it.
func createFolder(_ url: URL) throws { try asDataError { try createFolder(url.path) } }

/// Writes a file in full or not at all.
func writeAtomically(_ data: Data, to url: URL) throws {
  try asDataError { try AtomicFile.write(url.path, bytes: data) }
}

/// Runs `body`, whose failures with files become those of data.
func asDataError<Result>(_ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as FileError { throw DataError(error.description) }
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
