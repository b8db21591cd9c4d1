import CText
import Configuration

/// The cells of a chunk of text, by row and column.
package final class CellGrid {
  /// The number of rows; blank lines are not rows, unless there is only one column.
  package private(set) var rowCount = 0

  /// The number of columns.
  let columnCount: Int

  /// The line at which each row begins.
  package private(set) var lines: [Int] = []

  let chunk: TextChunk

  /// The start and end of each cell: `[rowCount, columnCount]`, row-major.
  private(set) var starts: [UInt32]
  private(set) var ends: [UInt32]

  /// Parses the cells of a chunk.
  ///
  /// - Throws: ``Diagnostic`` with the line, if a row has too few or too many cells, or mismatched
  ///   quotes.
  init(_ chunk: TextChunk, format: CSVFormat, columnCount: Int, path: String) throws {
    self.chunk = chunk
    self.columnCount = columnCount
    (starts, ends) = ([], [])
    if chunk.counts.quotes == 0, !format.trimsSpaces {
      findRegularCells(separator: format.separator)
      if rowCount > 0 { return }
    }
    try scanRecords(format: format, path: path)
  }

  /// Creates a grid of given cells, with one cell per column in each row.
  init(
    _ chunk: TextChunk, columnCount: Int, lines: [Int], starts: [UInt32], ends: [UInt32]
  ) {
    chunk.checkText()
    self.chunk = chunk
    self.columnCount = columnCount
    (rowCount, self.lines, self.starts, self.ends) = (lines.count, lines, starts, ends)
  }

  /// Parses text without quotes in which each line has as many cells as there are columns.
  private func findRegularCells(separator: UInt8) {
    let counts = chunk.counts
    let capacity = counts.newlines + counts.separators + 8
    var count = 0
    starts = [UInt32](unsafeUninitializedCapacity: capacity) { starts, startCount in
      ends = [UInt32](unsafeUninitializedCapacity: capacity) { ends, endCount in
        count = ck_text_cells(
          chunk.bytes, chunk.count, separator, starts.baseAddress, ends.baseAddress)
        endCount = count
      }
      startCount = count
    }
    let isClosed = chunk.count > 0 && chunk.bytes[chunk.count - 1] == UInt8(ascii: "\n")
    let lineCount = counts.newlines + (isClosed ? 0 : 1)
    guard count == lineCount * columnCount else { return }
    let isRegular = ends.withUnsafeMutableBufferPointer { ends in
      for last in stride(from: columnCount - 1, to: count, by: columnCount) {
        let end = Int(ends[last])
        guard end == chunk.count || chunk.bytes[end] == UInt8(ascii: "\n") else { return false }
        let hasReturn = end > starts[last] && chunk.bytes[end - 1] == UInt8(ascii: "\r")
        if hasReturn { ends[last] -= 1 }
      }
      return true
    }
    guard isRegular else { return }
    rowCount = lineCount
    lines = Array(chunk.firstLine..<chunk.firstLine + lineCount)
  }

  /// Parses any text, and unescapes doubled quotes.
  private func scanRecords(format: CSVFormat, path: String) throws {
    starts.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    let text = UnsafeBufferPointer(start: chunk.bytes, count: chunk.count)
    var scanner = RecordScanner(format: format, path: path)
    var start = 0
    var line = chunk.firstLine
    while start < text.count {
      guard let found = try scanner.scan(text, from: start, isWhole: true, line: line) else {
        break
      }
      start = found.next
      let cells = scanner.cells
      let isBlank = cells.count == 1 && cells[0].start == cells[0].end && columnCount > 1
      if !isBlank {
        guard cells.count == columnCount else {
          throw Diagnostic(
            "\(path):\(line): \(cells.count) cells, but there are \(columnCount) columns")
        }
        for cell in cells {
          starts.append(UInt32(cell.start))
          ends.append(UInt32(cell.hasEscapedQuotes ? unescape(cell) : cell.end))
        }
        lines.append(line)
      }
      line += found.lineCount
    }
    rowCount = lines.count
  }

  /// Replaces doubled quotes by single ones in place; returns the new end of the cell.
  private func unescape(_ cell: RecordScanner.Cell) -> Int {
    var target = cell.start
    var source = cell.start
    while source < cell.end {
      chunk.bytes[target] = chunk.bytes[source]
      source += chunk.bytes[source] == UInt8(ascii: "\"") ? 2 : 1
      target += 1
    }
    return target
  }

  /// Empties the cells of a column that equal one of the given texts.
  package func clear(_ texts: [[UInt8]], in column: Int) {
    for cell in stride(from: column, to: ends.count, by: columnCount) {
      let bytes = UnsafeBufferPointer(
        start: chunk.bytes + Int(starts[cell]), count: Int(ends[cell] - starts[cell]))
      if texts.contains(where: { $0.elementsEqual(bytes) }) { ends[cell] = starts[cell] }
    }
  }
}

extension CellGrid {
  /// Reads some columns of all rows as finite numbers.
  ///
  /// - Parameter replacements: By column, the value of an empty cell; nil if no cell may be empty.
  /// - Returns: nil if a cell is not a finite number, or exceeds the range of 32-bit numbers.
  package func numberRows(columns: [Int], replacements: [Float?]) -> NumberRows? {
    let width = columns.count
    let count = rowCount * width
    var isReadable = true
    let values = [Float](unsafeUninitializedCapacity: count) { values, size in
      size = count
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { others in
        let otherCount = ck_text_rows(
          chunk.bytes, starts, ends, columnCount, rowCount, columns.map { UInt32($0) }, width,
          values.baseAddress, others.baseAddress)
        guard otherCount > 0 else { return }
        for index in 0..<count where others[index] != 0 {
          let column = index % width
          guard
            let value = others[index] == CK_EMPTY
              ? replacements[column] : number(row: index / width, column: columns[column])
          else {
            isReadable = false
            return
          }
          values[index] = value
        }
      }
    }
    return isReadable ? NumberRows(values: values, width: width) : nil
  }

  private func number(row: Int, column: Int) -> Float? {
    guard let value = NumberText.parse(CellColumn(self, column).cell(row)) else { return nil }
    return Float(value).isFinite ? Float(value) : nil
  }
}
