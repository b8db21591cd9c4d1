import Configuration

/// A reader of one file, in chunks of whole records.
package protocol TableReader: AnyObject {
  /// The names of all columns of the file.
  var columns: [String] { get }

  /// Returns the next records; nil at the end of the file.
  func next() throws -> TextChunk?

  /// Returns the cells of a chunk; safe to call from several threads concurrently.
  ///
  /// - Throws: ``Diagnostic`` that begins with file and line.
  func cells(of chunk: TextChunk) throws -> CellGrid
}

/// A format of table files, identified by file name extension.
///
/// To add one, add a file with its reader and a line in ``tableFormats``.
package struct TableFormat: Sendable {
  /// The file name extensions, such as `.csv`; `.gz` may follow.
  let suffixes: [String]

  /// Opens a file.
  let open: @Sendable (_ path: String, _ layout: CSVFormat) throws -> any TableReader
}

/// All formats; files with any other extension are read as the first.
package let tableFormats: [TableFormat] = [.csv, .jsonLines]

/// Opens a file in the format given by its extension.
///
/// - Parameters:
///   - path: The file.
///   - layout: The columns and separators given by the schema.
/// - Throws: ``Diagnostic`` if it cannot be read, or `layout` does not suit the format.
package func openTable(_ path: String, _ layout: CSVFormat) throws -> any TableReader {
  let name = path.lowercased()
  let format = tableFormats.first { format in
    format.suffixes.contains { name.hasSuffix($0) || name.hasSuffix($0 + ".gz") }
  }
  return try (format ?? .csv).open(path, layout)
}
