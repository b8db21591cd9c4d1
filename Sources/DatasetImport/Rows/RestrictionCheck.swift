import Configuration
import Datasets
import Tabular

/// Explains why an import has no rows, or none with a value of `--each`.
struct RestrictionCheck {
  private let files: FrameSource
  private let schema: DatasetSchema

  /// The number of distinct values of a column that a message may list or compare.
  private static let valueLimit = 1000

  init(_ files: FrameSource) {
    self.files = files
    schema = files.schema
  }

  /// Checks that there are rows, and that every value of `--each` occurs in some.
  ///
  /// - Throws: ``Diagnostic``.
  func check(_ staged: StagedRows) throws {
    guard staged.rowCounts.contains(where: { $0 > 0 }) else { throw emptyFiles }
    let isEmpty = staged.blockCount == 0
    let levels = Set(schema.scenarios.map(\.column))
    let doubtful = schema.filteredEach.filter { each in
      isEmpty
        || (levels.contains(each.name) && staged.table(of: each.name).find(each.value) == nil)
    }
    if !doubtful.isEmpty { try checkValues(doubtful) }
    if isEmpty { throw nothingLeft }
  }

  /// Checks that values occur in rows that the schema takes without `--each`; only the files, which
  /// are read again, tell which values do.
  private func checkValues(_ doubtful: [EachValue]) throws {
    guard try files.allPaths.allSatisfy({ try SourceFile(path: $0).isRegular }) else {
      let each = doubtful[0]
      throw Diagnostic("no row has '\(excerpt(each.value))' in '\(excerpt(each.name))'").at(
        "--each \(each)")
    }
    let tables = try values(of: Set(doubtful.map(\.name)).sorted())
    for each in doubtful {
      guard let table = tables[each.name], table.count > 0 else { return }
      guard each.value.isEmpty || table.find(each.value) == nil else { continue }
      let known = (0..<min(table.count, Self.valueLimit)).map { table.string($0) }
      throw Diagnostic.unknown(
        "value of \(each.name)", each.value, accepted: known.filter { !$0.isEmpty }.sorted()
      ).at("--each")
    }
  }

  private var emptyFiles: Diagnostic {
    let paths = files.paths
    guard paths.count > 1 else { return Diagnostic("has no rows").at(paths[0]) }
    let shown = paths.prefix(5).joined(separator: ", ")
    return Diagnostic(
      "none of the \(paths.count) files has rows: \(shown)\(paths.count > 5 ? ", …" : "")")
  }

  /// The error for files with rows, of which none is taken.
  private var nothingLeft: Diagnostic {
    let isFiltered = !(schema.filterWithoutEach?.clauses ?? []).isEmpty
    let isJoined = schema.sources.contains { $0.joins.contains { $0.miss == .drop } }
    let restriction = schema.each.map { "--each \($0)" }.joined(separator: " ")
    let error =
      isFiltered && !isJoined
      ? schema.places["filter"].error(
        restriction.isEmpty
          ? "no row satisfies the condition" : "no row with these values satisfies the condition")
      : Diagnostic(
        isFiltered
          ? "no row is left by the filter and the joins with 'miss: drop'"
          : isJoined ? "no row is left by the joins with 'miss: drop'" : "no row has these values")
    return restriction.isEmpty ? error : error.at("with \(restriction)")
  }

  /// Returns the distinct texts of columns in the rows that the schema takes without `--each`.
  private func values(of columns: [String]) throws -> [String: KeyTable] {
    var files = files
    files.schema.filter = schema.filterWithoutEach
    var tables: [String: KeyTable] = [:]
    for index in schema.sources.indices {
      let reader = try files.open(index, columns: Set(columns))
      while let chunk = try reader.next() {
        let frame = try reader.frame(of: chunk).frame
        for column in columns {
          try frame.forEachCell(of: column) { _, cell in
            _ = tables[column, default: KeyTable()].insert(cell)
          }
        }
      }
    }
    return tables
  }
}
