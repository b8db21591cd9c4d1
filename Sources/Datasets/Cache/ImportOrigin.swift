import Configuration
import Foundation

/// What a cache was imported from, so that a change of it is noticed.
public struct ImportOrigin: Sendable, Equatable, Codable {
  /// The SHA-256 digest of what the schema says, whatever its layout and comments.
  public var schema: String

  /// The choices of the import beside the schema that change rows, by name.
  public var options: [String: String]

  /// The files of the sources, then those of their joins.
  public var files: [SourceFile]

  package init(schema: String, options: [String: String], files: [SourceFile]) {
    self.schema = schema
    self.options = options
    self.files = files
  }
}

/// A file that rows were imported from, as it was then.
public struct SourceFile: Sendable, Equatable, Codable {
  /// Its absolute path.
  public var path: String

  /// Its size.
  public var byteCount: Int

  /// The time of its last change, in nanoseconds since 1970.
  public var modified: Int

  /// Its SHA-256 digest in hexadecimal digits; nil for a pipe, which can be read only once.
  public var digest: String?

  /// How a file is now, compared with what is recorded of it.
  public enum State: Equatable, Sendable {
    /// The same size and time, or the same digest.
    case unchanged
    /// Another digest.
    case changed
    /// There is no file at the path, or it cannot be read.
    case missing
  }

  /// Records a file without reading it; the digest is added by ``digested()``.
  ///
  /// - Throws: ``Diagnostic`` if there is none.
  package init(path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw Diagnostic(cannot: "read", path)
    }
    self.path = URL(fileURLWithPath: path).standardizedFileURL.path
    byteCount = Int(status.st_size)
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    modified = Int(time.tv_sec) &* 1_000_000_000 &+ Int(time.tv_nsec)
    isRegular = status.st_mode & S_IFMT == S_IFREG
  }

  private var isRegular = true

  private enum CodingKeys: CodingKey { case path, byteCount, modified, digest }

  /// Returns the record with the file's digest.
  ///
  /// - Throws: ``Diagnostic`` if the file cannot be read, or was changed meanwhile.
  package func digested() throws -> SourceFile {
    guard isRegular else { return self }
    let reader = try ColumnReader(path: path, byteCount: byteCount, mappedByteLimit: 0)
    var file = self
    file.digest = try reader.digest()
    guard try SourceFile(path: path).modified == modified else {
      throw Diagnostic("\(path) was changed while it was read; import again")
    }
    return file
  }

  /// Returns how the file at `path` is now; its bytes are read only where the time differs.
  public func state(at path: String) -> State {
    guard let found = try? SourceFile(path: path) else { return .missing }
    guard found.byteCount == byteCount else { return .changed }
    if found.modified == modified { return .unchanged }
    guard let now = try? found.digested() else { return .missing }
    return now.digest == digest ? .unchanged : .changed
  }
}
