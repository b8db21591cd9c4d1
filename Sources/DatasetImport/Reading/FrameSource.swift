import Foundation

/// The files of a schema's sources and joins.
struct FrameSource {
  let schema: DatasetSchema

  /// The paths of the sources.
  let paths: [String]

  private let joinPaths: [[String]]

  /// Finds the files.
  init(schema: DatasetSchema, root: URL) throws {
    self.schema = schema
    let finder = FileFinder(root: root)
    paths = try schema.sources.map { try finder.path(of: $0.file) }
    joinPaths = try schema.sources.map { try $0.joins.map { try finder.path(of: $0.file) } }
  }

  /// The paths of the sources, then those of their joins.
  var allPaths: [String] { paths + joinPaths.flatMap { $0 } }

  /// Opens a source.
  ///
  /// - Parameter columns: The columns that frames must have; what they are derived from is read too.
  func open(_ index: Int, columns: Set<String>) throws -> SourceReader {
    try SourceReader(
      schema, schema.sources[index], path: paths[index], joinPaths: joinPaths[index],
      columns: columns)
  }
}
