import Configuration

/// Rows of one file as named columns of texts and numbers.
package protocol Frame {
  /// The file, for messages.
  var file: String { get }

  /// The line at which each row begins, for messages.
  var lines: [Int] { get }

  /// The index of each row among the rows of the file, from 0.
  var indices: [Int] { get }

  /// Calls `body` with the bytes of each row in a column; a missing cell is empty.
  ///
  /// - Throws:
  ///   ``Diagnostic`` if there is no column of texts with that name; errors thrown by `body`.
  func forEachCell(of name: String, _ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Void) throws

  /// Returns a column as finite numbers.
  ///
  /// - Throws: ``Diagnostic`` with the line and the column of a text that is not a finite number.
  func numbers(_ name: String) throws -> NumberColumn
}

extension Frame {
  /// The number of rows.
  package var rowCount: Int { lines.count }

  /// Returns the texts of a column parsed as numbers.
  ///
  /// - Throws: ``Diagnostic`` with the line and the column of a text that is not a finite number.
  package func parsedNumbers(_ name: String) throws -> NumberColumn {
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

  /// Returns an error about one cell.
  package func error(_ row: Int, _ column: String, _ sentence: String) -> Diagnostic {
    Diagnostic("\(file):\(lines[row]): column '\(excerpt(column))': \(sentence)")
  }
}

/// Rows as read: the columns of the file, followed by those of joins and derivations.
package struct FileFrame: Frame {
  /// A column in its original form.
  package enum Column {
    /// Cells of the file.
    case cells(CellColumn)
    /// Texts from a join or a derivation.
    case texts(TextColumn)
    /// Numbers from a derivation.
    case numbers(NumberColumn)
  }

  package let file: String
  package private(set) var lines: [Int]
  package private(set) var indices: [Int]
  private var columns: [String: Column] = [:]

  /// Creates a frame without columns.
  package init(file: String, lines: [Int], indices: [Int]) {
    self.file = file
    self.lines = lines
    self.indices = indices
  }

  /// Adds or replaces a column.
  package mutating func set(_ name: String, _ column: Column) { columns[name] = column }

  /// Returns a column in its original form.
  package func column(_ name: String) throws -> Column {
    guard let column = columns[name] else { throw Diagnostic("\(file): no column '\(name)'") }
    return column
  }

  /// Returns a column as texts; a missing cell is empty.
  package func texts(_ name: String) throws -> TextColumn {
    switch try column(name) {
    case .cells(let cells): return cells.texts
    case .texts(let texts): return texts
    case .numbers(let values):
      var column = TextColumn()
      for row in 0..<values.count { column.append((values[row]?.text ?? "").utf8) }
      return column
    }
  }

  package func forEachCell(
    of name: String, _ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    if case .cells(let cells) = try column(name) {
      try cells.forEach(body)
    } else {
      try texts(name).forEach(body)
    }
  }

  package func numbers(_ name: String) throws -> NumberColumn {
    switch try column(name) {
    case .numbers(let values): values
    case .cells(let cells): try cells.finiteNumbers ?? parsedNumbers(name)
    case .texts: try parsedNumbers(name)
    }
  }

  /// Returns only the rows at `positions`, which must be increasing.
  package func selecting(_ positions: [Int]) -> FileFrame {
    if positions.count == rowCount { return self }
    var frame = self
    frame.lines = positions.map { lines[$0] }
    frame.indices = positions.map { indices[$0] }
    frame.columns = columns.mapValues { column in
      switch column {
      case .cells(let cells): .texts(cells.texts.gathered(positions))
      case .texts(let texts): .texts(texts.gathered(positions))
      case .numbers(let values): .numbers(values.selecting(positions))
      }
    }
    return frame
  }
}

/// Returns the bytes of a cell in a form suitable for quoting in messages.
package func excerpt(_ cell: UnsafeBufferPointer<UInt8>) -> String {
  // A character takes up to four bytes; only as many as are quoted need to be decoded.
  guard cell.count > 1000 else {
    return Configuration.excerpt(String(decoding: cell, as: UTF8.self))
  }
  let beginning = String(decoding: cell.prefix(320), as: UTF8.self).unicodeScalars.prefix(80)
  return visibleText(String(beginning)) + "… (\(cell.count) bytes)"
}
