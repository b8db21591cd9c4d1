import Configuration

extension TableFormat {
  /// One JSON object on each line.
  static let jsonLines = TableFormat(suffixes: [".jsonl", ".ndjson"]) {
    try JSONLinesReader(path: $0, layout: $1)
  }
}

/// Reads a JSON Lines file: an object on each line, with its members as the cells of a row.
///
/// The columns are those listed by the schema, or else the keys of the first object. A missing
/// member and `null` are empty cells, `true` and `false` are 1 and 0, and a list of single values
/// is a cell of comma-separated values. Numbers become their shortest decimal text, so 1.50 and 1.5
/// are equal; whole numbers from 2^63 on would lose digits and are rejected.
package final class JSONLinesReader: TableReader {
  package private(set) var columns: [String] = []

  private let stream: ByteStream
  private let chunkSize: Int
  /// Whether keys that are not columns are ignored, because the schema lists the columns.
  private let hasListedColumns: Bool
  private var rest: [UInt8] = []
  private var isAtEnd = false
  private var line = 1

  /// Opens a file, and reads the first object if the columns are not listed.
  package init(path: String, layout: CSVFormat, chunkSize: Int = 1 << 19) throws {
    guard layout.separator == UInt8(ascii: ","), !layout.trimsSpaces else {
      throw Diagnostic("is read as JSON lines, which take no 'separator' and no 'trim'").at(path)
    }
    stream = try ByteStream(path: path)
    self.chunkSize = chunkSize
    hasListedColumns = layout.columns != nil
    columns = layout.columns ?? []
    guard layout.columns == nil else { return }
    while !isAtEnd, !rest.contains(UInt8(ascii: "\n")) { try fill() }
    let first = rest.prefix { $0 != UInt8(ascii: "\n") }
    guard case .object(let members) = try object(first, line: 1) else {
      throw Diagnostic("has no record in its first line").at("\(path):1")
    }
    columns = members.keys.sorted()
  }

  package func next() throws -> TextChunk? {
    while !isAtEnd, rest.lastIndex(of: UInt8(ascii: "\n")) == nil || rest.count < chunkSize {
      try fill()
    }
    guard !rest.isEmpty else { return nil }
    let cut = isAtEnd ? rest.count : (rest.lastIndex(of: UInt8(ascii: "\n")) ?? 0) + 1
    let chunk = TextChunk(rest[..<cut], firstLine: line)
    line += chunk.counts.newlines
    rest.removeFirst(cut)
    return chunk
  }

  package func cells(of chunk: TextChunk) throws -> CellGrid {
    let known = Set(columns)
    var text: [UInt8] = []
    var (starts, ends, lines): ([UInt32], [UInt32], [Int]) = ([], [], [])
    let bytes = UnsafeBufferPointer(start: chunk.bytes, count: chunk.count)
    for (index, record) in bytes.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).enumerated() {
      let number = chunk.firstLine + index
      guard case .object(let members) = try object(record, line: number) else { continue }
      if !hasListedColumns, let other = members.keys.sorted().first(where: { !known.contains($0) })
      {
        throw Diagnostic(
          "the key '\(excerpt(other))' is not in the first record; list all columns of the source, as "
            + "'columns: [\(columns.first ?? "a"), …]'"
        ).at("\(stream.path):\(number)")
      }
      for name in columns {
        starts.append(UInt32(text.count))
        if let value = members[name] {
          text += try cell(value, column: name, line: number).utf8
        }
        ends.append(UInt32(text.count))
      }
      lines.append(number)
    }
    return CellGrid(
      TextChunk(text[...], firstLine: chunk.firstLine), columnCount: columns.count, lines: lines,
      starts: starts, ends: ends)
  }

  /// Returns the object of a line, or null if the line is blank.
  private func object(_ text: some Sequence<UInt8>, line: Int) throws -> ConfigurationValue {
    let text = Array(text)
    guard text.contains(where: { ![0x20, 0x09, 0x0d].contains($0) }) else { return .null }
    return try locating("\(stream.path):\(line)") {
      guard let json = String(validating: text, as: UTF8.self) else {
        throw Diagnostic(TextEncoding.sentence(text.withUnsafeBufferPointer(TextEncoding.guess)))
      }
      let value = try ConfigurationValue(json: json)
      guard case .object(let members) = value else {
        throw Diagnostic("must be a JSON object, but is \(excerpt(value.description))")
      }
      return .object(
        Dictionary(members.map { (CanonicalText.composed($0), $1) }) { first, _ in first })
    }
  }

  private func cell(_ value: ConfigurationValue, column: String, line: Int) throws -> String {
    func refusal(_ problem: String) -> Diagnostic {
      Diagnostic(problem).at("column '\(excerpt(column))'").at("\(stream.path):\(line)")
    }
    switch value {
    case .null: return ""
    case .bool(let flag): return flag ? "1" : "0"
    case .integer(let whole): return String(whole)
    case .string(let text): return text
    case .number(let number):
      guard number.magnitude < 0x1p63 || number != number.rounded() else {
        throw refusal("\(number) has too many digits to be exact; write it as text, in quotes")
      }
      return NumberText.format(number)
    case .list(let values):
      return try values.map { element in
        switch element {
        case .list, .object: throw refusal("holds a list of lists or objects, which no cell can be")
        default: try cell(element, column: column, line: line)
        }
      }.joined(separator: ",")
    case .object: throw refusal("holds an object, which no cell can be")
    }
  }

  private func fill() throws {
    let count = chunkSize
    guard rest.count < Int(UInt32.max) else {
      throw Diagnostic("a record has more than 4 GB").at("\(stream.path):\(line)")
    }
    let more = try [UInt8](unsafeUninitializedCapacity: count) { buffer, size in
      guard let start = buffer.baseAddress else { return }
      size = try stream.read(into: start, count: count)
    }
    rest += more
    if more.isEmpty { isAtEnd = true }
  }
}
