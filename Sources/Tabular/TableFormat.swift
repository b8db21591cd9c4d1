import Configuration

/// A reader of one file, in chunks of whole records.
package protocol TableReader: AnyObject {
  /// The names of all columns of the file.
  var columns: [String] { get }

  /// Returns the next records; nil at the end of the file.
  func next() throws -> TextChunk?

  /// Returns the cells of a chunk; may be called from several threads at once.
  ///
  /// - Throws: ``Diagnostic`` that begins with file and line.
  func cells(of chunk: TextChunk) throws -> CellGrid
}

/// How the tables of a file are written, found by the end of its name.
///
/// To add one: a file with its reader, and a line in ``tableFormats``.
package struct TableFormat: Sendable {
  /// The ends of file names, such as `.csv`; `.gz` may follow.
  let suffixes: [String]

  /// Opens a file.
  let open: @Sendable (_ path: String, _ layout: CSVFormat) throws -> any TableReader
}

/// The formats; files with any other name are read as the first.
package let tableFormats: [TableFormat] = [.csv, .jsonLines]

/// Opens a file in the format that its name says.
///
/// - Parameters:
///   - path: The file.
///   - layout: What the schema says of its columns, and of how cells are separated.
/// - Throws: ``Diagnostic`` if it cannot be read, or `layout` does not suit the format.
package func openTable(_ path: String, _ layout: CSVFormat) throws -> any TableReader {
  let name = path.lowercased()
  let format = tableFormats.first { format in
    format.suffixes.contains { name.hasSuffix($0) || name.hasSuffix($0 + ".gz") }
  }
  return try (format ?? .csv).open(path, layout)
}
