import Configuration
import Foundation

/// The source of an imported cache, recorded so that changes are noticed.
public struct ImportOrigin: Sendable, Equatable, Codable {
  /// The SHA-256 digest of the content of the schema, independent of its layout and comments.
  public var schema: String

  /// The import options outside the schema that affect rows, by name.
  public var options: [String: String]

  /// The files of the sources, followed by the files of their joins.
  public var files: [SourceFile]

  package init(schema: String, options: [String: String], files: [SourceFile]) {
    self.schema = schema
    self.options = options
    self.files = files
  }
}

/// A file that rows were imported from, as it was at the time.
public struct SourceFile: Sendable, Equatable, Codable {
  /// The absolute path.
  public var path: String

  /// The size in bytes.
  public var byteCount: Int

  /// The modification time, in nanoseconds since 1970.
  public var modified: Int

  /// The SHA-256 digest in hexadecimal digits; nil for a pipe, which can be read only once.
  public var digest: String?

  /// The current state of a file compared with its record.
  public enum State: Equatable, Sendable {
    /// The same size and time, or the same digest.
    case unchanged
    /// A different digest.
    case changed
    /// There is no file at the path, or it cannot be read.
    case missing
  }

  /// Records a file without reading it; ``digested()`` adds the digest.
  ///
  /// - Throws: ``Diagnostic`` if the file does not exist.
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

  /// Whether it is a file that can be read more than once, and not a pipe.
  package private(set) var isRegular = true

  private enum CodingKeys: CodingKey { case path, byteCount, modified, digest }

  /// Returns the record with the file's digest.
  ///
  /// - Throws: ``Diagnostic`` if the file cannot be read, or was changed in the meantime.
  package func digested() throws -> SourceFile {
    guard isRegular else { return self }
    let reader = try ColumnReader(path: path, byteCount: byteCount, mappedByteLimit: 0)
    var file = self
    file.digest = try reader.digest()
    guard try SourceFile(path: path).modified == modified else {
      throw Diagnostic("was changed while it was read; import again").at(path)
    }
    return file
  }

  /// Returns the current state of the file at `path`, reading its bytes only if the time differs.
  public func state(at path: String) -> State {
    guard let found = try? SourceFile(path: path) else { return .missing }
    guard found.byteCount == byteCount else { return .changed }
    if found.modified == modified { return .unchanged }
    guard let now = try? found.digested() else { return .missing }
    return now.digest == digest ? .unchanged : .changed
  }
}
