import Tabular

/// Rows on their way into ``StagedRows``, with their own numbering of texts.
struct StagedDraft {
  /// The number of file rows that these rows were made from.
  let readRowCount: Int

  /// The line at which each row begins, and its index among the rows of the chunk.
  let lines: [Int]
  let indices: [Int]

  /// By column, the texts.
  private(set) var texts: [(column: String, cells: NumberedCells)] = []

  /// By column, the numbers; nil if one of the texts is not a finite number.
  private(set) var numbers: [(column: String, values: NumberColumn?)] = []

  /// The values of the features that are not fitted; nil if they are stored as texts.
  let unfitted: NumberRows?

  /// The number of rows.
  var rowCount: Int { lines.count }

  /// Reads the numbers of a frame and numbers its texts.
  init(_ read: SourceReader.Rows, _ columns: StagedColumns) throws {
    let frame = read.frame
    readRowCount = read.readRowCount
    (lines, indices) = (frame.lines, frame.indices)
    unfitted = try frame.numberRows(of: columns.unfitted)
    texts = try columns.texts.map { ($0, try NumberedCells($0, of: frame)) }
    for column in columns.numbers(hasUnfitted: unfitted != nil) {
      let values = try frame.finiteNumbers(of: column)
      numbers.append((column, values))
      if values == nil, !columns.texts.contains(column) {
        texts.append((column, try NumberedCells(column, of: frame)))
      }
    }
  }
}

extension NumberedCells {
  /// Numbers the texts of a frame's column.
  fileprivate init(_ column: String, of frame: FileFrame) throws {
    if case .cells(let cells) = try frame.column(column) {
      self.init(cells)
    } else {
      self.init(try frame.texts(column))
    }
  }
}

extension FileFrame {
  /// Returns a column as finite numbers; nil if a text is not a finite number.
  fileprivate func finiteNumbers(of column: String) throws -> NumberColumn? {
    guard case .cells(let cells) = try self.column(column) else { return try? numbers(column) }
    return cells.finiteNumbers
  }

  /// Returns the values of features that are not fitted; nil if there are no such features, or if a
  /// text is not a number, or if a number is missing although it must not be or exceeds the range
  /// of 32-bit numbers.
  fileprivate func numberRows(of features: [NumericalFeature]) throws -> NumberRows? {
    guard !features.isEmpty else { return nil }
    let replacements = features.map { feature -> Float? in
      if case .value(let value) = feature.missing { return Float(value) }
      return nil
    }
    let columns = try features.map { try column($0.column) }
    let cells = columns.compactMap { column in
      if case .cells(let cells) = column { return cells }
      return nil
    }
    if cells.count == columns.count, let grid = cells.first?.grid {
      return grid.numberRows(columns: cells.map(\.column), replacements: replacements)
    }
    var rows = [Float](repeating: 0, count: rowCount * features.count)
    for (index, feature) in features.enumerated() {
      guard let values = try finiteNumbers(of: feature.column) else { return nil }
      for (row, value) in values.values.enumerated() {
        guard let value = value.isNaN ? replacements[index] : Float(value), value.isFinite else {
          return nil
        }
        rows[row * features.count + index] = value
      }
    }
    return NumberRows(values: rows, width: features.count)
  }
}

/// Staged rows of one source: their numbers, and the numbers of their texts, as one run of bytes.
struct StagedBlock {
  /// The index of the source.
  let source: Int

  private let rowCount: Int
  private let keys: [String]
  private let numbers: [(column: String, form: NumberForm)]
  private let unfittedWidth: Int?

  /// The storage format of the numbers of a column.
  private enum NumberForm {
    case unreadable
    case doubles
    /// Doubles, then the inexact ones as whole numbers: their lower halves, then their upper
    /// halves.
    case doublesAndWholes

    init(_ numbers: NumberColumn?) {
      self = numbers == nil ? .unreadable : numbers?.wholes == nil ? .doubles : .doublesAndWholes
    }

    var bytesPerRow: Int {
      switch self {
      case .unreadable: 0
      case .doubles: 8
      case .doublesAndWholes: 24
      }
    }
  }

  private let place: StagedStore.Place

  /// Stages the rows of a nonempty draft.
  ///
  /// - Parameters:
  ///   - source: The index of the source.
  ///   - firstIndex: The number of preceding rows of the source.
  ///   - tables: By column, the texts so far, to which new ones are added.
  init(
    _ draft: StagedDraft, source: Int, firstIndex: Int, tables: inout [String: KeyTable],
    in store: StagedStore
  ) throws {
    self.source = source
    rowCount = draft.rowCount
    keys = draft.texts.map(\.column)
    numbers = draft.numbers.map { ($0.column, NumberForm($0.values)) }
    unfittedWidth = draft.unfitted?.width
    let numberSize = numbers.reduce(0) { $0 + $1.form.bytesPerRow }
    let byteCount =
      rowCount * (16 + numberSize + 4 * keys.count + 4 * (unfittedWidth ?? 0))
    place = try store.append(byteCount) { bytes in
      var writer = NumberWriter(bytes)
      writer.put(draft.lines)
      writer.put(draft.indices.map { firstIndex + $0 })
      for (_, values) in draft.numbers {
        writer.put(values?.values ?? [])
        let wholes = values?.wholes ?? []
        writer.put(wholes.map { UInt64(truncatingIfNeeded: $0) })
        writer.put(wholes.map { Int64($0 >> 64) })
      }
      for (column, cells) in draft.texts {
        writer.put(Int32.self, count: draft.rowCount) {
          cells.write(numbersIn: &tables[column, default: KeyTable()], to: $0)
        }
      }
      writer.put(draft.unfitted?.values ?? [])
    }
  }

  /// Returns the rows as a frame; safe to call concurrently.
  ///
  /// - Parameters:
  ///   - tables: The tables of all columns with texts.
  ///   - wanted: The columns of the frame; nil for all.
  func frame(
    file: String, tables: [String: KeyTable], columns wanted: Set<String>?
  ) throws -> StagedFrame {
    func isWanted(_ column: String) -> Bool { wanted?.contains(column) ?? true }
    return try place.read { bytes in
      var reader = NumberReader(bytes)
      let (lines, indices): ([Int], [Int]) = (reader.take(rowCount), reader.take(rowCount))
      var values: [String: NumberColumn] = [:]
      for (column, form) in numbers {
        guard isWanted(column), form != .unreadable else {
          reader.skip(rowCount * form.bytesPerRow, of: UInt8.self)
          continue
        }
        let doubles: [Double] = reader.take(rowCount)
        guard form == .doublesAndWholes else {
          values[column] = NumberColumn(doubles, wholes: nil)
          continue
        }
        let lower: [UInt64] = reader.take(rowCount)
        let upper: [Int64] = reader.take(rowCount)
        values[column] = NumberColumn(
          doubles, wholes: zip(lower, upper).map { Int128($1) << 64 | Int128($0) })
      }
      var texts: [String: KeyColumn] = [:]
      for column in keys {
        guard isWanted(column) else {
          reader.skip(rowCount, of: Int32.self)
          continue
        }
        texts[column] = KeyColumn(
          numbers: reader.take(rowCount), table: tables[column] ?? KeyTable())
      }
      let unfitted = wanted == nil ? unfittedWidth : nil
      return StagedFrame(
        file: file, lines: lines, indices: indices, keys: texts, numbers: values,
        unfitted: unfitted.map { NumberRows(values: reader.take(rowCount * $0), width: $0) })
    }
  }
}

/// Writes arrays of numbers consecutively.
private struct NumberWriter {
  private let bytes: UnsafeMutableRawBufferPointer
  private var start = 0

  init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

  mutating func put<Number: BitwiseCopyable>(_ numbers: [Number]) {
    put(Number.self, count: numbers.count) { _ = $0.update(fromContentsOf: numbers) }
  }

  mutating func put<Number: BitwiseCopyable>(
    _: Number.Type, count: Int, write: (UnsafeMutableBufferPointer<Number>) -> Void
  ) {
    let end = start + count * MemoryLayout<Number>.stride
    write(
      UnsafeMutableRawBufferPointer(rebasing: bytes[start..<end]).bindMemory(to: Number.self))
    start = end
  }
}

/// Reads consecutive arrays of numbers.
private struct NumberReader {
  private let bytes: UnsafeRawBufferPointer
  private var start = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func take<Number: BitwiseCopyable>(_ count: Int) -> [Number] {
    let first = start
    skip(count, of: Number.self)
    return Array(
      UnsafeRawBufferPointer(rebasing: bytes[first..<start]).bindMemory(to: Number.self))
  }

  mutating func skip<Number: BitwiseCopyable>(_ count: Int, of _: Number.Type) {
    start += count * MemoryLayout<Number>.stride
  }
}
