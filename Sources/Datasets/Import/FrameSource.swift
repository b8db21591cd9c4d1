import Foundation
import Ranking

/// Reads all sources of a schema, with joins, derived columns and the filter applied.
struct FrameSource {
  let schema: DatasetSchema

  /// The paths of the sources.
  let paths: [String]

  private let joinPaths: [[String]]
  private static let rowsPerFrame = 8192

  /// Finds the files.
  init(schema: DatasetSchema, root: URL) throws {
    self.schema = schema
    let finder = FileFinder(root: root)
    paths = try schema.sources.map { try finder.path(of: $0.file) }
    joinPaths = try schema.sources.map { try $0.joins.map { try finder.path(of: $0.file) } }
  }

  /// Counts the rows of every source, before joins and the filter.
  func countRows(_ progress: (Int) throws -> Void) throws -> [Int] {
    try zip(schema.sources, paths).map { source, path in
      let reader = try CSVReader(path: path, format: source.format)
      var count = 0
      var none: [TextColumn] = []
      while true {
        var lines: [Int] = []
        let read = try reader.read(Self.rowsPerFrame, wanted: [], into: &none, lines: &lines)
        if read == 0 { return count }
        count += read
        try progress(read)
      }
    }
  }

  /// Calls `body` with every frame and the number of its source, in the order of files and rows.
  ///
  /// - Parameter columns: The columns that frames must have; what they are derived from is read too.
  func forEach(
    columns: Set<String>, progress: (Int) throws -> Void, _ body: (Frame, Int) throws -> Void
  ) throws {
    let needed = schema.closure(of: columns.union(schema.filter?.columns ?? []))
    for index in schema.sources.indices {
      try read(index, needed: needed, progress: progress) { try body($0, index) }
    }
  }

  private func read(
    _ index: Int, needed: Set<String>, progress: (Int) throws -> Void,
    _ body: (Frame) throws -> Void
  ) throws {
    let source = schema.sources[index]
    let path = paths[index]
    let reader = try CSVReader(path: path, format: source.format)
    let names = try renamed(reader.columns, by: source.renames, path: path)
    let wanted = needed.union(source.joins.map(\.key))
    let tables = try zip(source.joins, joinPaths[index]).map { join, path in
      try LookupTable(path: path, join: join, wanted: needed)
    }
    try check(source, names: names, tables: tables, wanted: wanted, path: path)
    let indices = names.indices.filter { wanted.contains(names[$0]) }
    var firstIndex = 0
    while true {
      var texts = [TextColumn](repeating: TextColumn(), count: indices.count)
      var lines: [Int] = []
      let count = try reader.read(
        Self.rowsPerFrame, wanted: indices, into: &texts, lines: &lines)
      if count == 0 { break }
      try progress(count)
      var frame = Frame(file: path, lines: lines, firstIndex: firstIndex)
      firstIndex += count
      for (column, text) in zip(indices, texts) {
        frame.set(names[column], .texts(withoutMissing(text)))
      }
      for (name, value) in source.constants where needed.contains(name) {
        var column = TextColumn()
        for _ in 0..<count { column.append(value.utf8) }
        frame.set(name, .texts(withoutMissing(column)))
      }
      for (join, table) in zip(source.joins, tables) { try add(table, to: &frame, join) }
      for column in schema.derived where needed.contains(column.name) {
        frame.set(column.name, try column.evaluate(on: frame))
      }
      if let filter = schema.filter {
        let holds = try filter.evaluate(on: frame)
        if holds.contains(false) { frame = frame.selecting(holds.indices.filter { holds[$0] }) }
      }
      if frame.rowCount > 0 { try body(frame) }
    }
  }

  /// Checks that every wanted column comes from exactly one place.
  private func check(
    _ source: SourceSchema, names: [String], tables: [LookupTable], wanted: Set<String>,
    path: String
  ) throws {
    var origins: [String: String] = [:]
    let places =
      [(path, names), ("the constants of \(path)", source.constants.keys.sorted())]
      + zip(source.joins, tables).map { ($0.file, $1.columns) }
      + [("derive", schema.derived.map(\.name))]
    for (place, columns) in places {
      for column in columns where wanted.contains(column) {
        if let other = origins[column] {
          throw DataError("the column '\(column)' comes from both \(other) and \(place)")
        }
        origins[column] = place
      }
    }
    if let missing = wanted.sorted().first(where: { origins[$0] == nil }) {
      throw missingColumn(missing, among: places.flatMap(\.1), path: path)
    }
  }

  /// Adds the columns of a table to the rows with an equal key.
  private func add(_ table: LookupTable, to frame: inout Frame, _ join: JoinSchema) throws {
    let keys = try frame.texts(join.key)
    var rows = [Int](repeating: -1, count: frame.rowCount)
    keys.forEach { row, key in rows[row] = table.find(key) ?? -1 }
    if let missed = rows.firstIndex(of: -1) {
      switch join.miss {
      case .unknown: break
      case .error:
        throw frame.error(
          missed, join.key, "'\(keys.string(missed))' is not in \(join.file)")
      case .drop:
        let kept = rows.indices.filter { rows[$0] >= 0 }
        frame = frame.selecting(kept)
        rows = kept.map { rows[$0] }
      }
    }
    for (column, name) in table.columns.enumerated() {
      frame.set(name, .texts(withoutMissing(table.gather(column, rows: rows))))
    }
  }

  /// Returns a column with the texts that stand for a missing cell made empty.
  private func withoutMissing(_ column: TextColumn) -> TextColumn {
    if schema.missing.isEmpty { return column }
    let tokens = schema.missing.map { Array($0.utf8) }
    var cleaned = TextColumn()
    column.forEach { _, cell in
      if tokens.contains(where: { $0.elementsEqual(cell) }) {
        cleaned.append("".utf8)
      } else {
        cleaned.append(cell)
      }
    }
    return cleaned
  }
}
