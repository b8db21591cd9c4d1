/// How a CSV file is written.
struct CSVFormat: Equatable, Sendable {
  /// The byte between two cells.
  var separator: UInt8 = UInt8(ascii: ",")

  /// Whether spaces around a cell are dropped.
  var trimsSpaces = false

  /// The names of the columns; nil where the first line of the file has them.
  var columns: [String]?
}

/// Reads a CSV file (RFC 4180; LF or CRLF; plain or gzip) in one pass, in bounded memory.
final class CSVReader {
  /// The names of all columns of the file.
  private(set) var columns: [String] = []

  /// The number of bytes of the file that were read so far.
  var position: Int { stream.position }

  private let stream: ByteStream
  private let format: CSVFormat
  private var buffer: [UInt8]
  private var start = 0
  private var end = 0
  private var isAtEnd = false
  private var line = 1
  private var cells: [Cell] = []

  /// Where a cell lies in the buffer.
  private struct Cell {
    var start: Int
    var end: Int
    var hasEscapedQuotes = false
  }

  /// Opens a file and reads its header, if it has one.
  init(path: String, format: CSVFormat, bufferSize: Int = 1 << 20) throws {
    stream = try ByteStream(path: path)
    self.format = format
    buffer = [UInt8](repeating: 0, count: bufferSize)
    try fill()
    if buffer[..<end].starts(with: [0xef, 0xbb, 0xbf]) { start = 3 }
    if let names = format.columns {
      columns = names
      return
    }
    guard try readRecord() else { throw DataError("\(stream.path) is empty: it has no header") }
    columns = cells.map { cell in
      var column = TextColumn()
      append(cell, to: &column)
      return column.string(0)
    }
    var seen: Set<String> = []
    if let twice = columns.first(where: { !seen.insert($0).inserted }) {
      throw DataError("\(stream.path), line 1: the column '\(twice)' stands twice in the header")
    }
  }

  /// Reads up to `count` rows and appends the cells of the wanted columns to `targets`, and the
  /// line where each row begins to `lines`.
  ///
  /// - Parameter wanted: Indices into ``columns``, one for each target.
  /// - Returns: The number of rows read; 0 at the end of the file.
  /// - Throws: ``DataError`` with the line, where a row has too few or too many cells.
  func read(
    _ count: Int, wanted: [Int], into targets: inout [TextColumn], lines: inout [Int]
  ) throws -> Int {
    var rows = 0
    while rows < count {
      let recordLine = line
      guard try readRecord() else { break }
      if cells.count == 1, cells[0].start == cells[0].end, columns.count > 1 { continue }
      guard cells.count == columns.count else {
        throw DataError(
          "\(stream.path), line \(recordLine): \(cells.count) cells, but there are "
            + "\(columns.count) columns")
      }
      for (target, column) in wanted.enumerated() { append(cells[column], to: &targets[target]) }
      lines.append(recordLine)
      rows += 1
    }
    return rows
  }

  private func append(_ cell: Cell, to column: inout TextColumn) {
    guard cell.hasEscapedQuotes else {
      buffer.withUnsafeBufferPointer {
        column.append(UnsafeBufferPointer(rebasing: $0[cell.start..<cell.end]))
      }
      return
    }
    var text: [UInt8] = []
    var index = cell.start
    while index < cell.end {
      text.append(buffer[index])
      index += buffer[index] == UInt8(ascii: "\"") ? 2 : 1
    }
    column.append(text)
  }

  /// Finds the cells of the next record; returns false at the end of the file.
  private func readRecord() throws -> Bool {
    while true {
      if start == end, isAtEnd { return false }
      let found = try buffer.withUnsafeBufferPointer { try scan($0) }
      if let found {
        start = found.next
        line += found.lineCount
        return true
      }
      try fill()
    }
  }

  /// Moves the unread bytes to the front of the buffer and reads more behind them.
  private func fill() throws {
    if start > 0 {
      buffer.withUnsafeMutableBufferPointer { bytes in
        guard let base = bytes.baseAddress else { return }
        base.update(from: base + start, count: end - start)
      }
      end -= start
      start = 0
    }
    if end == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
    let received = try buffer.withUnsafeMutableBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return 0 }
      return try stream.read(into: base + end, count: bytes.count - end)
    }
    end += received
    if received == 0 { isAtEnd = true }
  }

  /// Splits the record at `start` into `cells`; returns nil where more bytes are needed.
  private func scan(_ bytes: UnsafeBufferPointer<UInt8>) throws -> (next: Int, lineCount: Int)? {
    let quote = UInt8(ascii: "\"")
    let newline = UInt8(ascii: "\n")
    let separator = format.separator
    cells.removeAll(keepingCapacity: true)
    var index = start
    var lineCount = 1
    while true {
      if format.trimsSpaces { while index < end, bytes[index] == 32 { index += 1 } }
      var cell = Cell(start: index, end: index)
      if index < end, bytes[index] == quote {
        index += 1
        cell.start = index
        while true {
          while index < end, bytes[index] != quote {
            if bytes[index] == newline { lineCount += 1 }
            index += 1
          }
          guard index + 1 < end || isAtEnd else { return nil }
          guard index < end else {
            throw DataError("\(stream.path), line \(line): a quoted cell is not closed")
          }
          guard index + 1 < end, bytes[index + 1] == quote else { break }
          cell.hasEscapedQuotes = true
          index += 2
        }
        cell.end = index
        index += 1
        if format.trimsSpaces { while index < end, bytes[index] == 32 { index += 1 } }
        if index < end, bytes[index] == UInt8(ascii: "\r") { index += 1 }
        guard index < end || isAtEnd else { return nil }
        if index < end, bytes[index] != separator, bytes[index] != newline {
          throw DataError(
            "\(stream.path), line \(line): text follows the closing quote of cell "
              + "\(cells.count + 1)")
        }
      } else {
        while index < end, bytes[index] != separator, bytes[index] != newline { index += 1 }
        guard index < end || isAtEnd else { return nil }
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
}
