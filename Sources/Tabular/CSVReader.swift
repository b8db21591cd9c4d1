import CText
import Configuration

/// The format of a CSV file.
package struct CSVFormat: Equatable, Sendable {
  /// The byte that separates cells.
  package var separator: UInt8 = UInt8(ascii: ",")

  /// Whether spaces around a cell are removed.
  package var trimsSpaces = false

  /// The names of the columns; nil if they are in the first line of the file.
  var columns: [String]?

  package init(
    separator: UInt8 = UInt8(ascii: ","), trimsSpaces: Bool = false, columns: [String]? = nil
  ) {
    self.separator = separator
    self.trimsSpaces = trimsSpaces
    self.columns = columns
  }
}

extension TableFormat {
  /// Comma-separated values, or values with another separator.
  static let csv = TableFormat(suffixes: [".csv", ".tsv", ".txt"]) {
    try CSVReader(path: $0, format: $1)
  }
}

/// Reads a CSV file (RFC 4180; LF or CRLF; plain or gzip) in one pass, in chunks of whole records.
///
/// Chunks are read sequentially; their cells may be parsed on several threads.
package final class CSVReader: TableReader {
  /// The names of all columns of the file.
  package private(set) var columns: [String] = []

  private let stream: ByteStream
  private let format: CSVFormat
  private let chunkSize: Int
  private var buffer: TextBuffer
  private var start = 0
  private var end = 0
  private var isAtEnd = false
  private var line = 1

  /// Opens a file and reads its header, if it has one.
  package init(path: String, format: CSVFormat, chunkSize: Int = 1 << 19) throws {
    stream = try ByteStream(path: path)
    self.format = format
    self.chunkSize = chunkSize
    buffer = TextBuffer(capacity: chunkSize)
    while end < 3, !isAtEnd { try fill() }
    if end >= 3, (buffer.bytes[0], buffer.bytes[1], buffer.bytes[2]) == (0xef, 0xbb, 0xbf) {
      start = 3
    }
    try checkBeginning()
    if let names = format.columns {
      columns = names
    } else {
      try readHeader()
    }
  }

  /// Returns the next records; nil at the end of the file.
  package func next() throws -> TextChunk? {
    if !isAtEnd, end < buffer.capacity { try fill() }
    while start < end || !isAtEnd {
      let cut = endOfRecords()
      if cut > start {
        let chunk = TextChunk(
          buffer, start..<cut, firstLine: line, separator: format.separator)
        line += chunk.counts.newlines
        moveRest(from: cut)
        return chunk
      }
      try fill()
    }
    return nil
  }

  /// Returns the cells of a chunk.
  ///
  /// - Throws: ``Diagnostic`` with the line, if a row has too few or too many cells.
  package func cells(of chunk: TextChunk) throws -> CellGrid {
    chunk.checkText()
    return try CellGrid(chunk, format: format, columnCount: columns.count, path: stream.path)
  }

  private var unread: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: buffer.bytes + start, count: end - start)
  }

  private func readHeader() throws {
    var scanner = RecordScanner(format: format, path: stream.path)
    while true {
      if start == end, isAtEnd {
        throw Diagnostic("is empty: it has no header").at(stream.path)
      }
      if let found = try scanner.scan(unread, from: 0, isWhole: isAtEnd, line: line) {
        let chunk = TextChunk(
          buffer, start..<start + found.next, firstLine: line, separator: format.separator)
        chunk.checkText()
        let header = try CellGrid(
          chunk, format: format, columnCount: scanner.cells.count, path: stream.path)
        columns = header.rowCount == 1 ? try names(in: header) : [""]
        start += found.next
        line += found.lineCount
        break
      }
      try fill()
    }
    var seen: Set<String> = []
    if let twice = columns.first(where: { !seen.insert($0).inserted }) {
      throw Diagnostic(
        "\(stream.path):1: the column '\(excerpt(twice))' occurs twice in the header")
    }
  }

  private func names(in header: CellGrid) throws -> [String] {
    try (0..<header.columnCount).map { index in
      let cells = CellColumn(header, index)
      let texts = try cells.recomposed(path: stream.path, name: "\(index + 1) of the header")
      return texts?.string(0) ?? cells.string(0)
    }
  }

  /// Rejects text with two or four bytes per character, and lines that end with a carriage return
  /// only.
  private func checkBeginning() throws {
    if let encoding = TextEncoding.wideEncoding(unread) {
      throw Diagnostic("\(stream.path): \(TextEncoding.sentence(encoding))")
    }
    var isQuoted = false
    for (index, byte) in unread.enumerated() {
      switch byte {
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: "\n") where !isQuoted: return
      case UInt8(ascii: "\r") where !isQuoted && index + 1 < unread.count:
        guard unread[index + 1] != UInt8(ascii: "\n") else { return }
        throw Diagnostic(
          "\(stream.path):\(line): the line ends in a carriage return alone, as on old "
            + "Macintosh computers; convert the file, such as with \"tr '\\r' '\\n'\"")
      default: break
      }
    }
  }

  /// Returns the end of the last whole record in the unread bytes.
  private func endOfRecords() -> Int {
    if isAtEnd { return end }
    if ck_text_count(unread.baseAddress, unread.count, format.separator).quotes == 0 {
      let last = unread.lastIndex(of: UInt8(ascii: "\n"))
      return last.map { start + $0 + 1 } ?? start
    }
    // Errors in a record are reported when its cells are parsed.
    var scanner = RecordScanner(format: format, path: stream.path)
    var cut = 0
    do {
      while let found = try scanner.scan(unread, from: cut, isWhole: false, line: line) {
        cut = found.next
      }
    } catch {
      cut = unread.count
    }
    return start + cut
  }

  /// Reads until the buffer is full, enlarging it first if it is already full.
  private func fill() throws {
    if end == buffer.capacity {
      let count = end - start
      let larger = TextBuffer(capacity: max(chunkSize, count * 2))
      larger.bytes.update(from: buffer.bytes + start, count: count)
      (buffer, start, end) = (larger, 0, count)
    }
    guard end < Int(UInt32.max) else {
      throw Diagnostic("\(stream.path):\(line): a record has more than 4 GB")
    }
    while end < buffer.capacity, !isAtEnd {
      let received = try stream.read(into: buffer.bytes + end, count: buffer.capacity - end)
      end += received
      if received == 0 { isAtEnd = true }
    }
  }

  /// Continues with a new buffer that holds the bytes left over by a chunk.
  private func moveRest(from cut: Int) {
    let count = end - cut
    let rest = TextBuffer(capacity: max(chunkSize, count * 2))
    rest.bytes.update(from: buffer.bytes + cut, count: count)
    (buffer, start, end) = (rest, 0, count)
  }
}

/// Returns the cells of a CSV file as texts, starting with the names of its columns.
///
/// - Parameter chunkSize: The number of bytes read at once; the cells do not depend on it.
/// - Throws: ``Diagnostic`` if the file cannot be read, or a line has too few or too many cells.
package func tableText(
  path: String, separator: UInt8 = UInt8(ascii: ","), trimsSpaces: Bool = false,
  chunkSize: Int = 1 << 19
) throws -> [[String]] {
  let format = CSVFormat(separator: separator, trimsSpaces: trimsSpaces)
  let reader = try CSVReader(path: path, format: format, chunkSize: chunkSize)
  var rows = [reader.columns]
  while let chunk = try reader.next() {
    let grid = try reader.cells(of: chunk)
    let columns = reader.columns.indices.map { CellColumn(grid, $0) }
    rows += (0..<grid.rowCount).map { row in columns.map { $0.string(row) } }
  }
  return rows
}
