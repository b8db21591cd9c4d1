import Foundation

/// A new, empty folder that is removed when this object goes.
public final class TemporaryFolder: Sendable {
  /// The place of the folder.
  public let url: URL

  /// The place of the folder as text.
  public var path: String { url.path }

  /// Makes a folder.
  public init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("aesm2-test-" + UUID().uuidString, isDirectory: true)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The place of a file in the folder, whether or not there is one.
  public subscript(_ name: String) -> URL { url.appending(path: name) }

  /// The names of what is in the folder, sorted.
  public var contents: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
  }

  /// Writes a file, and makes the folders above it.
  @discardableResult
  public func write(_ text: String, to name: String) throws -> URL {
    let file = self[name]
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file
  }
}

/// Calls `body` with a new, empty folder, which is removed afterwards.
public func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = try TemporaryFolder()
  return try withExtendedLifetime(folder) { try body(folder.url) }
}

/// Calls `body` with the path of a new, empty folder, which is removed afterwards.
public func withTemporaryPath<Result>(_ body: (String) throws -> Result) throws -> Result {
  try withTemporaryFolder { try body($0.path) }
}
