/// Some rows of one file as named columns.
struct Frame {
  /// A column, as texts or as numbers (NaN where missing).
  enum Column {
    case texts(TextColumn)
    case numbers([Double])
  }

  /// The file, for messages.
  let file: String

  /// The line that each row begins in, for messages.
  var lines: [Int]

  /// The number of each row among the rows of the file, from 0.
  var indices: [Int]

  private var columns: [String: Column] = [:]

  /// Creates a frame without columns.
  init(file: String, lines: [Int], firstIndex: Int) {
    self.file = file
    self.lines = lines
    indices = Array(firstIndex..<firstIndex + lines.count)
  }

  /// The number of rows.
  var rowCount: Int { lines.count }

  /// Adds or replaces a column.
  mutating func set(_ name: String, _ column: Column) { columns[name] = column }

  /// Returns a column as texts; a missing cell is empty.
  func texts(_ name: String) throws -> TextColumn {
    switch try column(name) {
    case .texts(let column): return column
    case .numbers(let values):
      var column = TextColumn()
      for value in values { column.append(value.isNaN ? "".utf8 : NumberText.format(value).utf8) }
      return column
    }
  }

  /// Returns a column as finite numbers, or NaN where a cell is missing.
  ///
  /// - Throws: ``DataError`` with the line and the column where a text is no finite number.
  func numbers(_ name: String) throws -> [Double] {
    switch try column(name) {
    case .numbers(let values): return values
    case .texts(let column):
      var values = [Double](repeating: .nan, count: rowCount)
      try column.forEach { row, cell in
        guard !cell.isEmpty else { return }
        guard let value = NumberText.parse(cell) else {
          throw error(row, name, "'\(column.string(row))' is not a number")
        }
        guard value.isFinite else {
          throw error(row, name, "'\(column.string(row))' is not a finite number")
        }
        values[row] = value
      }
      return values
    }
  }

  /// Returns the rows at `positions` alone, which rise.
  func selecting(_ positions: [Int]) -> Frame {
    if positions.count == rowCount { return self }
    var frame = self
    frame.lines = positions.map { lines[$0] }
    frame.indices = positions.map { indices[$0] }
    frame.columns = columns.mapValues { column in
      switch column {
      case .numbers(let values): return .numbers(positions.map { values[$0] })
      case .texts(let texts): return .texts(texts.gathered(positions))
      }
    }
    return frame
  }

  /// Returns an error about one cell.
  func error(_ row: Int, _ column: String, _ sentence: String) -> DataError {
    DataError("\(file), line \(lines[row]), column '\(column)': \(sentence)")
  }

  private func column(_ name: String) throws -> Column {
    guard let column = columns[name] else { throw DataError("\(file): no column '\(name)'") }
    return column
  }
}
