import Configuration
import Tabular

/// Reads one source, applying joins, derived columns and the filter.
final class SourceReader {
  /// Rows of the source, with the number of file rows that they were made from.
  struct Rows {
    var frame: FileFrame
    var readRowCount: Int
  }

  private let schema: DatasetSchema
  private let source: SourceSchema
  private let path: String
  private let reader: any TableReader
  private let tables: [LookupTable]
  private let needed: Set<String>
  private let columns: [(index: Int, name: String)]
  private let missing: [String: [[UInt8]]]

  /// The names of all columns of the file, its constants and its joins, used or not.
  let allColumns: Set<String>

  init(
    _ schema: DatasetSchema, _ source: SourceSchema, path: String, joinPaths: [String],
    columns: Set<String>
  ) throws {
    self.schema = schema
    self.source = source
    self.path = path
    let needed = schema.closure(of: columns.union(schema.filter?.columns ?? []))
    self.needed = needed
    missing = Dictionary(
      uniqueKeysWithValues: needed.union(source.joins.map(\.key)).map {
        ($0, schema.missing(in: $0))
      })
    reader = try openTable(path, source.format)
    let names = try renamed(reader.columns, by: source.renames, path: path, schema.places)
    let wanted = needed.union(source.joins.map(\.key))
    tables = try zip(source.joins, joinPaths).map { join, path in
      try LookupTable(path: path, join: join, wanted: needed, schema.places)
    }
    allColumns = Set(names).union(source.constants.keys).union(tables.flatMap(\.allColumns))
    self.columns = names.enumerated().filter { wanted.contains($1) }.map { ($0, $1) }
    try check(names: names, wanted: wanted)
  }

  /// Returns the next rows of the file; nil at the end.
  func next() throws -> TextChunk? { try reader.next() }

  /// Creates a frame from rows of the file; indices start at 0 in every chunk.
  ///
  /// Safe to call from several threads concurrently.
  func frame(of chunk: TextChunk) throws -> Rows {
    let grid = try reader.cells(of: chunk)
    let count = grid.rowCount
    var frame = FileFrame(file: path, lines: grid.lines, indices: Array(0..<count))
    for (index, name) in columns {
      if let texts = missing[name], !texts.isEmpty { grid.clear(texts, in: index) }
      let cells = CellColumn(grid, index)
      let texts = try cells.recomposed(path: path, name: name)
      frame.set(name, texts.map { .texts(withoutMissing($0, name)) } ?? .cells(cells))
    }
    for (name, value) in source.constants where needed.contains(name) {
      var column = TextColumn()
      for _ in 0..<count { column.append(value.utf8) }
      frame.set(name, .texts(withoutMissing(column, name)))
    }
    for (join, table) in zip(source.joins, tables) { try add(table, to: &frame, join) }
    for column in schema.derived where needed.contains(column.name) {
      frame.set(column.name, try column.evaluate(on: frame))
    }
    if let filter = schema.filter {
      let holds = try filter.evaluate(on: frame)
      if holds.contains(false) { frame = frame.selecting(holds.indices.filter { holds[$0] }) }
    }
    return Rows(frame: frame, readRowCount: count)
  }

  /// Checks that every requested column comes from exactly one place.
  private func check(names: [String], wanted: Set<String>) throws {
    var origins: [String: String] = [:]
    let places =
      [(path, names), ("the constants of \(path)", source.constants.keys.sorted())]
      + zip(source.joins, tables).map { ($0.file, $1.columns) }
      + [("derive", schema.derived.map(\.name))]
    for (place, columns) in places {
      for column in columns where wanted.contains(column) {
        if let other = origins[column] {
          throw Diagnostic("the column '\(column)' comes from both \(other) and \(place)")
        }
        origins[column] = place
      }
    }
    if let missing = wanted.sorted().first(where: { origins[$0] == nil }) {
      throw missingColumn(missing, among: places.flatMap(\.1), in: path, schema.places)
    }
  }

  /// Adds the columns of a table to the rows with matching keys.
  private func add(_ table: LookupTable, to frame: inout FileFrame, _ join: JoinSchema) throws {
    var rows = [Int](repeating: -1, count: frame.rowCount)
    try frame.forEachCell(of: join.key) { row, key in rows[row] = table.find(key) ?? -1 }
    if let missed = rows.firstIndex(of: -1) {
      switch join.miss {
      case .unknown: break
      case .error:
        let key = try frame.texts(join.key).string(missed)
        throw frame.error(missed, join.key, "'\(excerpt(key))' is not in \(join.file)")
      case .drop:
        let kept = rows.indices.filter { rows[$0] >= 0 }
        frame = frame.selecting(kept)
        rows = kept.map { rows[$0] }
      }
    }
    for (column, name) in table.columns.enumerated() {
      frame.set(name, .texts(withoutMissing(table.gather(column, rows: rows), name)))
    }
  }

  /// Returns a column in which texts that represent a missing cell are replaced by empty text.
  private func withoutMissing(_ column: TextColumn, _ name: String) -> TextColumn {
    guard let missing = missing[name], !missing.isEmpty else { return column }
    var cleaned = TextColumn()
    column.forEach { _, cell in
      if missing.contains(where: { $0.elementsEqual(cell) }) {
        cleaned.append("".utf8)
      } else {
        cleaned.append(cell)
      }
    }
    return cleaned
  }
}
