/// Some rows of one file as named columns.
struct Frame {
  /// A column, in one of the forms that it has on its way.
  enum Column {
    /// Cells as in the file.
    case cells(CellColumn)
    /// Texts of a join or a derivation.
    case texts(TextColumn)
    /// Numbers of a derivation, NaN where missing.
    case numbers([Double])
    /// What was kept of a column: keys where its texts are looked at, numbers where these are (nil
    /// where one of the texts is no finite number).
    case staged(KeyColumn?, [Double]?)
  }

  /// The file, for messages.
  let file: String

  /// The line that each row begins in, for messages.
  var lines: [Int]

  /// The number of each row among the rows of the file, from 0.
  var indices: [Int]

  /// The values of the features that are not fitted; nil where they are still texts.
  var unfitted: NumberRows?

  private var columns: [String: Column] = [:]

  /// Creates a frame without columns.
  init(file: String, lines: [Int], indices: [Int]) {
    self.file = file
    self.lines = lines
    self.indices = indices
  }

  /// The number of rows.
  var rowCount: Int { lines.count }

  /// Adds or replaces a column.
  mutating func set(_ name: String, _ column: Column) { columns[name] = column }

  /// Returns a column in the form that it has.
  func column(_ name: String) throws -> Column {
    guard let column = columns[name] else { throw DataError("\(file): no column '\(name)'") }
    return column
  }

  /// Returns a column as texts; a missing cell is empty.
  func texts(_ name: String) throws -> TextColumn {
    switch try column(name) {
    case .cells(let cells): return cells.texts
    case .texts(let texts): return texts
    case .staged(let keys?, _): return keys.texts
    case .numbers(let values), .staged(nil, let values?):
      var column = TextColumn()
      for value in values { column.append(value.isNaN ? "".utf8 : NumberText.format(value).utf8) }
      return column
    case .staged(nil, nil): throw DataError("\(file): no column '\(name)'")
    }
  }

  /// Calls `body` with each row's bytes of a column; a missing cell is empty.
  func forEachCell(
    of name: String, _ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    switch try column(name) {
    case .cells(let cells): try cells.forEach(body)
    case .staged(let keys?, _): try keys.forEach(body)
    default: try texts(name).forEach(body)
    }
  }

  /// Returns a staged column as keys.
  func keys(_ name: String) throws -> KeyColumn {
    if case .staged(let keys?, _) = try column(name) { return keys }
    throw DataError("\(file): no column '\(name)'")
  }

  /// Returns a column as finite numbers, or NaN where a cell is missing.
  ///
  /// - Throws: ``DataError`` with the line and the column where a text is no finite number.
  func numbers(_ name: String) throws -> [Double] {
    switch try column(name) {
    case .numbers(let values), .staged(_, let values?): return values
    default:
      var values = [Double](repeating: .nan, count: rowCount)
      try forEachCell(of: name) { row, cell in
        guard !cell.isEmpty else { return }
        let text = { String(decoding: cell, as: UTF8.self) }
        guard let value = NumberText.parse(cell) else {
          throw error(row, name, "'\(text())' is not a number")
        }
        guard value.isFinite else { throw error(row, name, "'\(text())' is not a finite number") }
        values[row] = value
      }
      return values
    }
  }

  /// Returns the rows at `positions` alone, which rise.
  func selecting(_ positions: [Int]) -> Frame {
    if positions.count == rowCount { return self }
    func selected<Value>(_ values: [Value]) -> [Value] { positions.map { values[$0] } }
    var frame = self
    frame.lines = selected(lines)
    frame.indices = selected(indices)
    frame.unfitted = unfitted?.selecting(positions)
    frame.columns = columns.mapValues { column in
      switch column {
      case .cells(let cells): .texts(cells.texts.gathered(positions))
      case .texts(let texts): .texts(texts.gathered(positions))
      case .numbers(let values): .numbers(selected(values))
      case .staged(let keys, let values):
        .staged(
          keys.map { KeyColumn(numbers: selected($0.numbers), table: $0.table) },
          values.map(selected))
      }
    }
    return frame
  }

  /// Returns an error about one cell.
  func error(_ row: Int, _ column: String, _ sentence: String) -> DataError {
    DataError("\(file), line \(lines[row]), column '\(column)': \(sentence)")
  }
}
