import Configuration
import Tabular

/// A file in memory for finding rows by key.
///
/// It requires the bytes of its requested columns and about 32 bytes per row.
struct LookupTable {
  /// The names of the columns, after renaming, without the key.
  let columns: [String]

  /// The names of all columns of the file, after renaming.
  let allColumns: [String]

  private var keys = KeyTable()
  private var cells: [TextColumn]

  /// Reads the requested columns of a file.
  ///
  /// - Throws: ``Diagnostic`` if the file cannot be read, or a key is repeated or missing.
  init(path: String, join: JoinSchema, wanted: Set<String>, _ places: SchemaPlaces) throws {
    let reader = try openTable(path, join.format)
    let names = try renamed(reader.columns, by: join.renames, path: path, places)
    allColumns = names
    guard let keyColumn = names.firstIndex(of: join.key) else {
      throw missingColumn(join.key, among: names, in: path, places)
    }
    let indices = names.indices.filter { wanted.contains(names[$0]) && $0 != keyColumn }
    columns = indices.map { names[$0] }
    cells = indices.map { _ in TextColumn() }
    var allLines: [Int] = []
    while let chunk = try reader.next() {
      let grid = try reader.cells(of: chunk)
      let lines = grid.lines
      try Self.forEach(CellColumn(grid, keyColumn), path, join.key) { row, key in
        guard !key.isEmpty else {
          throw Diagnostic("\(path):\(lines[row]): column '\(join.key)': the key is missing")
        }
        let number = keys.insert(key)
        guard number == allLines.count else {
          throw Diagnostic(
            "\(path):\(lines[row]): column '\(join.key)': the key "
              + "'\(excerpt(keys.string(number)))' already occurs in line \(allLines[number])")
        }
        allLines.append(lines[row])
      }
      for (column, index) in indices.enumerated() {
        try Self.forEach(CellColumn(grid, index), path, names[index]) { _, cell in
          cells[column].append(cell)
        }
      }
    }
  }

  /// Calls `body` with the text of each row.
  private static func forEach(
    _ cells: CellColumn, _ path: String, _ name: String,
    _ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    if let texts = try cells.recomposed(path: path, name: name) {
      try texts.forEach(body)
    } else {
      try cells.forEach(body)
    }
  }

  /// Returns the row of a key, or nil if there is none.
  func find(_ key: UnsafeBufferPointer<UInt8>) -> Int? { keys.find(key) }

  /// Returns the cells of one column at the given rows; a row of -1 gives an empty cell.
  func gather(_ column: Int, rows: [Int]) -> TextColumn { cells[column].gathered(rows) }
}

/// Returns the names of a file's columns after renaming.
func renamed(
  _ columns: [String], by renames: [String: String], path: String, _ places: SchemaPlaces
) throws -> [String] {
  for old in renames.keys.sorted() where !columns.contains(old) {
    throw missingColumn(old, among: columns, in: path, places)
  }
  let names = columns.map { renames[$0] ?? $0 }
  var seen: Set<String> = []
  if let twice = names.first(where: { !seen.insert($0).inserted }) {
    throw Diagnostic("\(path): two columns are called '\(excerpt(twice))' after renaming")
  }
  return names
}

/// Returns the error for a column that a file lacks: where the schema requests it, and the nearest
/// name, or else the first existing columns.
func missingColumn(
  _ name: String, among columns: [String], in path: String, _ places: SchemaPlaces
) -> Diagnostic {
  var sentence = "\(places.place(of: name)): \(path) has no column '\(excerpt(name))'"
  if let nearest = nearestName(to: name, among: columns) {
    return Diagnostic(sentence + "; did you mean '\(excerpt(nearest))'?")
  }
  let separators = [",", ";", "\t", "|"].filter { columns.first?.contains($0) ?? false }
  if columns.count == 1, let separator = separators.first {
    return Diagnostic(
      sentence + "; its only column is '\(excerpt(columns[0]))': should the source say "
        + "'separator: \"\(separator == "\t" ? "\\t" : separator)\"'?")
  }
  let shown = columns.prefix(10).map { "'\(excerpt($0))'" }.joined(separator: ", ")
  sentence += ", but \(columns.count): \(shown)"
  return Diagnostic(columns.count > 10 ? sentence + ", …" : sentence)
}
