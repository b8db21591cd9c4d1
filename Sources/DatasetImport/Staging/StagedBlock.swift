import Tabular

/// Staged rows of one source: their numbers, and the numbers of their texts, as one run of bytes.
struct StagedBlock {
  /// The number of the source.
  let source: Int

  private let rowCount: Int
  private let keys: [String]
  private let numbers: [(column: String, form: NumberForm)]
  private let unfittedWidth: Int?

  /// In which form the numbers of a column were kept.
  private enum NumberForm {
    case unreadable
    case doubles
    /// Doubles, then whole numbers for those that are not exact: their lower halves, then their upper.
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

  /// Stages the rows of a draft, of which there are some.
  ///
  /// - Parameters:
  ///   - source: The number of the source.
  ///   - firstIndex: The rows of the source before these.
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
  ///   - wanted: The columns that the frame is to have; nil for all.
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

/// Puts arrays of numbers one after the other.
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

/// Takes arrays of numbers one after the other.
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
