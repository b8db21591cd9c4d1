import Foundation

/// The rows of all sources after joins, derivations and the filter, in a scratch file: texts as
/// numbers of a table, numbers as they are.
///
/// The sources are read once. Memory holds the tables and about a hundred bytes for each block.
final class StagedRows {
  let schema: DatasetSchema

  /// The number of rows of every source, before joins and the filter.
  private(set) var rowCounts: [Int] = []

  /// The paths of the sources.
  private let paths: [String]
  private let columns: StagedColumns
  private let file: ScratchFile
  private var tables: [String: KeyTable] = [:]
  private var blocks: [Block] = []

  /// Where some rows of one source lie in the file.
  private struct Block {
    var source: Int
    var firstIndex: Int
    var draft: StagedDraft
    var keysOffset: Int
  }

  /// Reads all sources.
  ///
  /// - Parameter folder: Where the scratch file is put.
  init(
    _ source: FrameSource, in folder: URL, progress: (Int) throws -> Void
  ) throws {
    schema = source.schema
    paths = source.paths
    columns = StagedColumns(schema)
    file = try ScratchFile(in: folder)
    for index in schema.sources.indices {
      let reader = try source.open(index, columns: columns.all)
      var rowCount = 0
      try orderedPipeline(
        next: { try reader.next() },
        work: { try StagedDraft(try reader.frame(of: $0), columns, file) },
        inOrder: { draft in
          try append(draft, source: index, firstIndex: rowCount)
          rowCount += draft.readRowCount
          try progress(draft.readRowCount)
        })
      rowCounts.append(rowCount)
    }
  }

  /// Gives back the scratch file; no rows can be read any more.
  func discard() { file.discard() }

  /// Returns the different texts of a column.
  func table(of column: String) -> KeyTable { tables[column] ?? KeyTable() }

  /// The number of blocks of rows.
  var blockCount: Int { blocks.count }

  /// Returns the rows of a block and the number of their source.
  ///
  /// - Parameter wanted: The columns to read; nil for all.
  func frame(_ number: Int, columns wanted: Set<String>? = nil) throws -> (Frame, source: Int) {
    let block = blocks[number]
    let draft = block.draft
    let rowCount = draft.rowCount
    func isWanted(_ name: String) -> Bool { wanted?.contains(name) ?? true }

    let keys = try bytes(draft.keyNames.count * rowCount * 4, at: block.keysOffset)
    let rows = try bytes(draft.byteCount, at: draft.offset)
    defer {
      keys.deallocate()
      rows.deallocate()
    }
    func array<Value: BitwiseCopyable>(_ source: UnsafeMutableRawBufferPointer, _ first: Int)
      -> [Value]
    {
      let size = MemoryLayout<Value>.stride * rowCount
      return Array(
        UnsafeRawBufferPointer(rebasing: source[first..<first + size]).bindMemory(to: Value.self))
    }
    let lines: [UInt32] = array(rows, draft.linesStart)
    let indices: [UInt32] = array(rows, draft.linesStart + rowCount * 4)
    var frame = Frame(
      file: paths[block.source], lines: lines.map { draft.firstLine + Int($0) },
      indices: indices.map { block.firstIndex + Int($0) })
    var columnKeys: [String: KeyColumn] = [:]
    for (position, name) in draft.keyNames.enumerated() where isWanted(name) {
      columnKeys[name] = KeyColumn(
        numbers: array(keys, position * rowCount * 4), table: tables[name] ?? KeyTable())
    }
    for (position, name) in columns.numbers.enumerated() where isWanted(name) {
      let numbers: [Double]? =
        draft.hasNumbers[position] ? array(rows, position * rowCount * 8) : nil
      frame.set(name, .staged(columnKeys.removeValue(forKey: name), numbers))
    }
    for name in columns.texts {
      if let keys = columnKeys[name] { frame.set(name, .staged(keys, nil)) }
    }
    return (frame, block.source)
  }

  private func bytes(_ count: Int, at offset: Int) throws -> UnsafeMutableRawBufferPointer {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
    do {
      try file.read(into: bytes, at: offset)
    } catch {
      bytes.deallocate()
      throw error
    }
    return bytes
  }

  private func append(_ draft: StagedDraft, source: Int, firstIndex: Int) throws {
    guard draft.rowCount > 0 else { return }
    var draft = draft
    var numbers: [Int32] = []
    numbers.reserveCapacity(draft.keyNames.count * draft.rowCount)
    for (name, var cells) in zip(draft.keyNames, draft.cells) {
      cells.renumber(by: &tables[name, default: KeyTable()])
      numbers += cells.numbers
    }
    draft.cells = []
    let offset = try numbers.withUnsafeBytes { try file.append($0) }
    blocks.append(Block(source: source, firstIndex: firstIndex, draft: draft, keysOffset: offset))
  }
}

/// A frame on its way into the scratch file: its numbers are there, its texts are not numbered yet.
struct StagedDraft {
  /// The rows of the file that the frame was made of, and those that are left.
  let readRowCount: Int
  let rowCount: Int

  /// The columns with texts, and the texts of each.
  private(set) var keyNames: [String]
  fileprivate(set) var cells: [NumberedCells]

  /// By column with numbers: whether all its texts are numbers.
  private(set) var hasNumbers: [Bool] = []

  /// Where numbers, lines and indices lie in the file.
  private(set) var offset = 0
  let linesStart: Int
  let byteCount: Int
  let firstLine: Int

  init(_ read: SourceReader.Rows, _ columns: StagedColumns, _ file: ScratchFile) throws {
    let frame = read.frame
    readRowCount = read.readRowCount
    rowCount = frame.rowCount
    firstLine = frame.lines.first ?? 0
    linesStart = columns.numbers.count * rowCount * 8
    byteCount = linesStart + rowCount * 8
    keyNames = columns.texts
    cells = []
    guard rowCount > 0 else { return }

    cells = try columns.texts.map { try NumberedCells($0, of: frame) }
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
    defer { bytes.deallocate() }
    for (position, name) in columns.numbers.enumerated() {
      let target = UnsafeMutableRawBufferPointer(
        rebasing: bytes[position * rowCount * 8..<(position + 1) * rowCount * 8]
      ).bindMemory(to: Double.self)
      hasNumbers.append(try frame.readNumbers(of: name, into: target))
      if hasNumbers[position] == false, !columns.texts.contains(name) {
        keyNames.append(name)
        cells.append(try NumberedCells(name, of: frame))
      }
    }
    let places = UnsafeMutableRawBufferPointer(rebasing: bytes[linesStart...])
      .bindMemory(to: UInt32.self)
    for row in 0..<rowCount {
      places[row] = UInt32(frame.lines[row] - firstLine)
      places[rowCount + row] = UInt32(frame.indices[row])
    }
    offset = try file.append(UnsafeRawBufferPointer(bytes))
  }
}

extension NumberedCells {
  /// Numbers the texts of a frame's column.
  init(_ name: String, of frame: Frame) throws {
    if case .cells(let cells) = try frame.column(name) {
      self.init(cells)
    } else {
      self.init(try frame.texts(name))
    }
  }
}

extension Frame {
  /// Reads a column as finite numbers, NaN where a cell is missing; returns false where a text is
  /// none.
  func readNumbers(of name: String, into target: UnsafeMutableBufferPointer<Double>) throws -> Bool
  {
    if case .cells(let cells) = try column(name) { return cells.readNumbers(into: target) }
    guard let values = try? numbers(name) else { return false }
    _ = target.update(fromContentsOf: values)
    return true
  }
}
