import CText
import Configuration

/// One column of a grid of cells.
package struct CellColumn {
  package let grid: CellGrid
  package let column: Int

  package init(_ grid: CellGrid, _ column: Int) {
    self.grid = grid
    self.column = column
  }

  /// The number of rows.
  var count: Int { grid.rowCount }

  /// Calls `body` with each row's bytes.
  package func forEach(_ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
    for row in 0..<count { try body(row, cell(row)) }
  }

  /// Returns one row as a string.
  func string(_ row: Int) -> String { String(decoding: cell(row), as: UTF8.self) }

  /// The column as independent texts.
  var texts: TextColumn {
    var texts = TextColumn()
    forEach { _, cell in texts.append(cell) }
    return texts
  }

  /// Returns the cells in normalization form C as independent texts; nil if the cells of the file
  /// are already in that form.
  ///
  /// - Throws: ``Diagnostic`` with the line, if a cell is not UTF-8.
  package func recomposed(path: String, name: String) throws -> TextColumn? {
    guard grid.chunk.text != .composed else { return nil }
    var isComposed = true
    try forEach { row, cell in
      if grid.chunk.text == .invalid, String(validating: cell, as: UTF8.self) == nil {
        throw Diagnostic(
          "\(path):\(grid.lines[row]): column '\(excerpt(name))': "
            + TextEncoding.sentence(TextEncoding.guess(cell)))
      }
      if isComposed, !CanonicalText.isSurelyComposed(cell) { isComposed = false }
    }
    guard !isComposed else { return nil }
    var texts = TextColumn()
    forEach { row, cell in
      if CanonicalText.isSurelyComposed(cell) {
        texts.append(cell)
      } else {
        texts.append(CanonicalText.composed(string(row)).utf8)
      }
    }
    return texts
  }

  /// The cells as finite numbers, NaN for empty cells; nil if a cell is not a finite number.
  package var finiteNumbers: NumberColumn? {
    var isReadable = true
    let values = [Double](unsafeUninitializedCapacity: count) { values, size in
      size = count
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { others in
        var otherCount = 0
        withCells { starts, ends in
          otherCount = ck_text_numbers(
            grid.chunk.bytes, starts, ends, grid.columnCount, count, values.baseAddress,
            others.baseAddress)
        }
        guard otherCount > 0 else { return }
        for row in 0..<count where others[row] == CK_NO_DECIMAL {
          guard let value = NumberText.parse(cell(row)), value.isFinite else {
            isReadable = false
            return
          }
          values[row] = value
        }
      }
    }
    return isReadable ? NumberColumn(values, cell: cell) : nil
  }

  /// Calls `body` with pointers to the start and end of the column's first cell; the next cell is
  /// one row further.
  ///
  /// Does nothing if there are no rows.
  func withCells(_ body: (UnsafePointer<UInt32>, UnsafePointer<UInt32>) -> Void) {
    grid.starts.withUnsafeBufferPointer { starts in
      grid.ends.withUnsafeBufferPointer { ends in
        guard count > 0, let start = starts.baseAddress, let end = ends.baseAddress else { return }
        body(start + column, end + column)
      }
    }
  }

  /// Returns one row's bytes.
  func cell(_ row: Int) -> UnsafeBufferPointer<UInt8> {
    let index = row * grid.columnCount + column
    let start = Int(grid.starts[index])
    return UnsafeBufferPointer(
      start: grid.chunk.bytes + start, count: Int(grid.ends[index]) - start)
  }
}
