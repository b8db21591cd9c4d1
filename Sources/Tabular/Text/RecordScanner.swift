import Configuration

/// Splits records into cells byte by byte, according to RFC 4180.
struct RecordScanner {
  /// The position of a cell in the text.
  struct Cell {
    var start: Int
    var end: Int
    var hasEscapedQuotes = false
  }

  /// The cells of the most recently scanned record.
  private(set) var cells: [Cell] = []

  private let format: CSVFormat

  /// The file, for messages.
  private let path: String

  init(format: CSVFormat, path: String) {
    self.format = format
    self.path = path
  }

  /// Scans the record that begins at `start`, in the line `line`.
  ///
  /// - Parameter isWhole: Whether the text ends with the bytes given.
  /// - Returns: The start of the next record and the number of lines in this one; nil if more bytes
  ///   are needed.
  mutating func scan(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, isWhole: Bool, line: Int
  ) throws -> (next: Int, lineCount: Int)? {
    let newline = UInt8(ascii: "\n")
    let end = bytes.count
    cells.removeAll(keepingCapacity: true)
    var index = start
    var lineCount = 1
    while true {
      if format.trimsSpaces { while index < end, bytes[index] == 32 { index += 1 } }
      var cell = Cell(start: index, end: index)
      if index < end, bytes[index] == UInt8(ascii: "\"") {
        cell.start = index + 1
        guard let quote = try closingQuote(of: &cell, bytes, isWhole, line, &lineCount) else {
          return nil
        }
        index = quote + 1
        if format.trimsSpaces { while index < end, bytes[index] == 32 { index += 1 } }
        if index < end, bytes[index] == UInt8(ascii: "\r") { index += 1 }
        guard index < end || isWhole else { return nil }
        if index < end, bytes[index] != format.separator, bytes[index] != newline {
          throw Diagnostic(
            "\(path):\(line): text follows the closing quote of cell \(cells.count + 1)")
        }
      } else {
        while index < end, bytes[index] != format.separator, bytes[index] != newline { index += 1 }
        guard index < end || isWhole else { return nil }
        cell.end = index
        let isLast = index == end || bytes[index] == newline
        if isLast, cell.end > cell.start, bytes[cell.end - 1] == UInt8(ascii: "\r") {
          cell.end -= 1
        }
        if format.trimsSpaces {
          while cell.end > cell.start, bytes[cell.end - 1] == 32 { cell.end -= 1 }
        }
      }
      cells.append(cell)
      if index == end { return (end, lineCount) }
      if bytes[index] == newline { return (index + 1, lineCount) }
      index += 1
    }
  }

  /// Finds the end of a quoted cell; returns nil if more bytes are needed.
  private func closingQuote(
    of cell: inout Cell, _ bytes: UnsafeBufferPointer<UInt8>, _ isWhole: Bool, _ line: Int,
    _ lineCount: inout Int
  ) throws -> Int? {
    let quote = UInt8(ascii: "\"")
    let end = bytes.count
    var index = cell.start
    while true {
      while index < end, bytes[index] != quote {
        if bytes[index] == UInt8(ascii: "\n") { lineCount += 1 }
        index += 1
      }
      guard index + 1 < end || isWhole else { return nil }
      guard index < end else {
        throw Diagnostic("\(path):\(line): a quoted cell is not closed")
      }
      guard index + 1 < end, bytes[index + 1] == quote else { break }
      cell.hasEscapedQuotes = true
      index += 2
    }
    cell.end = index
    return index
  }
}
