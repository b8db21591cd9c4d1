import Configuration

/// Some rows of one file as named columns.
package struct Frame {
  /// A column, in one of the forms that it has on its way.
  package enum Column {
    /// Cells as in the file.
    case cells(CellColumn)
    /// Texts of a join or a derivation.
    case texts(TextColumn)
    /// Numbers of a derivation.
    case numbers(NumberColumn)
    /// What was kept of a column: keys where its texts are looked at, numbers where these are (nil
    /// where one of the texts is no finite number).
    case staged(KeyColumn?, NumberColumn?)
  }

  /// The file, for messages.
  let file: String

  /// The line that each row begins in, for messages.
  package var lines: [Int]

  /// The number of each row among the rows of the file, from 0.
  package var indices: [Int]

  /// The values of the features that are not fitted; nil where they are still texts.
  package var unfitted: NumberRows?

  private var columns: [String: Column] = [:]

  /// Creates a frame without columns.
  package init(file: String, lines: [Int], indices: [Int]) {
    self.file = file
    self.lines = lines
    self.indices = indices
  }

  /// The number of rows.
  package var rowCount: Int { lines.count }

  /// Adds or replaces a column.
  package mutating func set(_ name: String, _ column: Column) { columns[name] = column }

  /// Returns a column in the form that it has.
  package func column(_ name: String) throws -> Column {
    guard let column = columns[name] else { throw Diagnostic("\(file): no column '\(name)'") }
    return column
  }

  /// Returns a column as texts; a missing cell is empty.
  package func texts(_ name: String) throws -> TextColumn {
    switch try column(name) {
    case .cells(let cells): return cells.texts
    case .texts(let texts): return texts
    case .staged(let keys?, _): return keys.texts
    case .numbers(let values), .staged(nil, let values?):
      var column = TextColumn()
      for row in 0..<values.count { column.append((values[row]?.text ?? "").utf8) }
      return column
    case .staged(nil, nil): throw Diagnostic("\(file): no column '\(name)'")
    }
  }

  /// Calls `body` with each row's bytes of a column; a missing cell is empty.
  package func forEachCell(
    of name: String, _ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    switch try column(name) {
    case .cells(let cells): try cells.forEach(body)
    case .staged(let keys?, _): try keys.forEach(body)
    default: try texts(name).forEach(body)
    }
  }

  /// Returns a staged column as keys.
  package func keys(_ name: String) throws -> KeyColumn {
    if case .staged(let keys?, _) = try column(name) { return keys }
    throw Diagnostic("\(file): no column '\(name)'")
  }

  /// Returns a column as finite numbers.
  ///
  /// - Throws: ``Diagnostic`` with the line and the column where a text is no finite number.
  package func numbers(_ name: String) throws -> NumberColumn {
    let column = try column(name)
    switch column {
    case .numbers(let values), .staged(_, let values?): return values
    default:
      if case .cells(let cells) = column, let values = cells.finiteNumbers { return values }
      var values = NumberColumn([])
      try forEachCell(of: name) { row, cell in
        guard !cell.isEmpty else { return values.append(nil) }
        guard let number = Number(cell) else {
          let isNumber = NumberText.parse(cell) != nil
          throw error(
            row, name, "'\(excerpt(cell))' is not a \(isNumber ? "finite number" : "number")")
        }
        values.append(number)
      }
      return values
    }
  }

  /// Returns the rows at `positions` alone, which rise.
  package func selecting(_ positions: [Int]) -> Frame {
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
      case .numbers(let values): .numbers(values.selecting(positions))
      case .staged(let keys, let values):
        .staged(
          keys.map { KeyColumn(numbers: selected($0.numbers), table: $0.table) },
          values.map { $0.selecting(positions) })
      }
    }
    return frame
  }

  /// Returns an error about one cell.
  package func error(_ row: Int, _ column: String, _ sentence: String) -> Diagnostic {
    Diagnostic("\(file):\(lines[row]): column '\(excerpt(column))': \(sentence)")
  }
}

/// Returns the bytes of a cell as a message may quote them.
package func excerpt(_ cell: UnsafeBufferPointer<UInt8>) -> String {
  // A character takes up to four bytes; more than are quoted need not be decoded.
  guard cell.count > 1000 else {
    return Configuration.excerpt(String(decoding: cell, as: UTF8.self))
  }
  let beginning = String(decoding: cell.prefix(320), as: UTF8.self).unicodeScalars.prefix(80)
  return visibleText(String(beginning)) + "… (\(cell.count) bytes)"
}
