import Configuration
import Foundation

/// Creates a folder and the folders above it.
package func createFolder(_ url: URL) throws { try asDataError { try createFolder(url.path) } }

/// Writes a file in full or not at all.
package func writeAtomically(_ data: Data, to url: URL) throws {
  try asDataError { try AtomicFile.write(url.path, bytes: data) }
}

/// Runs `body`, whose failures with files become those of data.
package func asDataError<Result>(_ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as FileError { throw DataError(error.description) }
}
