import Configuration
import Datasets
import Foundation
import Tabular

/// The files of a schema's sources and joins.
struct FrameSource {
  var schema: DatasetSchema

  /// The paths of the sources.
  let paths: [String]

  private let joinPaths: [[String]]
  private let finder: FileFinder

  /// Finds the files.
  init(schema: DatasetSchema, root: URL) throws {
    self.schema = schema
    let finder = FileFinder(root: root)
    self.finder = finder
    paths = try schema.sources.map { try finder.path(of: $0.file) }
    joinPaths = try schema.sources.map { try $0.joins.map { try finder.path(of: $0.file) } }
  }

  /// The paths of the sources, followed by the paths of their joins.
  var allPaths: [String] { paths + joinPaths.flatMap { $0 } }

  /// Opens a source.
  ///
  /// - Parameter columns: The columns that frames must have; their inputs are read too.
  func open(_ index: Int, columns: Set<String>) throws -> SourceReader {
    try SourceReader(
      schema, schema.sources[index], path: paths[index], joinPaths: joinPaths[index],
      columns: columns)
  }
}

/// Checks that every never-feature is a column of some source: a misspelled one would protect
/// nothing.
///
/// The names of columns are taken from sources as they are opened. If some are not found, the
/// headers of the sources to come are read ahead, so that the error does not wait for their turn;
/// pipes cannot be read twice, so they are waited for.
struct NeverFeatureCheck {
  private let files: FrameSource
  private var pending: [PlacedText]
  private var known: Set<String>

  init(_ files: FrameSource) {
    self.files = files
    known = Set(files.schema.derived.map(\.name))
    pending = files.schema.neverFeatures
  }

  /// Adds the columns of a source that was opened; sources are opened in order.
  ///
  /// - Throws: ``Diagnostic`` if a never-feature is not a column of any source.
  mutating func add(_ columns: Set<String>, ofSource index: Int) throws {
    known.formUnion(columns)
    pending.removeAll { known.contains($0.text) }
    guard !pending.isEmpty, let ahead = try files.columns(after: index) else { return }
    known.formUnion(ahead)
    pending.removeAll { known.contains($0.text) }
    guard !pending.isEmpty, let leftOut = files.columnsOfLeftOutSources() else {
      pending = []
      return
    }
    known.formUnion(leftOut)
    if let unknown = pending.first(where: { !known.contains($0.text) }) {
      throw unknown.place.locating(
        .unknown("column", unknown.text, accepted: known.sorted()))
    }
    pending = []
  }
}

extension FrameSource {
  /// Returns the columns of the sources after one of them; nil if one is a pipe.
  fileprivate func columns(after index: Int) throws -> Set<String>? {
    var all: Set<String> = []
    for next in schema.sources.indices where next > index {
      guard
        let columns = try columns(
          of: schema.sources[next], path: paths[next], joinPaths: joinPaths[next])
      else { return nil }
      all.formUnion(columns)
    }
    return all
  }

  /// Returns the columns of sources that `--each` left out; nil if one cannot be read, so that
  /// nothing is known about its columns.
  ///
  /// A missing file of an entry of which another source is left is taken to have the columns of that one.
  fileprivate func columnsOfLeftOutSources() -> Set<String>? {
    let entries = Set(schema.sources.map(\.entry))
    var all: Set<String> = []
    for source in schema.leftOutSources {
      guard let path = try? finder.path(of: source.file),
        let joinPaths = try? source.joins.map({ try finder.path(of: $0.file) }),
        let columns = try? columns(of: source, path: path, joinPaths: joinPaths)
      else {
        if entries.contains(source.entry) { continue }
        return nil
      }
      all.formUnion(columns)
    }
    return all
  }

  /// Returns the columns of a source and its joins; nil if one of the files is a pipe.
  private func columns(
    of source: SourceSchema, path: String, joinPaths: [String]
  ) throws -> Set<String>? {
    func columns(_ path: String, _ format: CSVFormat, _ renames: [String: String]) throws
      -> [String]?
    {
      guard try SourceFile(path: path).isRegular else { return nil }
      return try renamed(
        try openTable(path, format).columns, by: renames, path: path, schema.places)
    }
    guard let own = try columns(path, source.format, source.renames) else { return nil }
    var all = Set(own).union(source.constants.keys)
    for (join, path) in zip(source.joins, joinPaths) {
      guard let joined = try columns(path, join.format, join.renames) else { return nil }
      all.formUnion(joined)
    }
    return all
  }
}
