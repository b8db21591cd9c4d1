import Foundation

/// The rows of all sources after joins, derivations and the filter: texts as numbers of a table,
/// numbers as they are.
///
/// The sources are read once. Rows are kept in memory up to a limit, the others in a scratch file.
final class StagedRows {
  /// How many bytes of rows are kept in memory: an eighth of the machine's, at most 1 GiB.
  static let memoryLimit = Int(min(1 << 30, ProcessInfo.processInfo.physicalMemory / 8))

  let schema: DatasetSchema

  /// The number of rows of every source, before joins and the filter.
  private(set) var rowCounts: [Int] = []

  /// The paths of the sources.
  private let paths: [String]
  private let folder: URL
  private var freeByteCount: Int
  private var tables: [String: KeyTable] = [:]
  private var blocks: [Block] = []
  private var file: ScratchFile?

  private enum Block {
    case kept(StagedBlock)
    case spilled(SpilledBlock, ScratchFile)
  }

  /// Reads all sources.
  ///
  /// - Parameter folder: Where a scratch file is put.
  init(
    _ source: FrameSource, in folder: URL, memoryLimit: Int = memoryLimit,
    progress: (Int) throws -> Void
  ) throws {
    schema = source.schema
    paths = source.paths
    self.folder = folder
    freeByteCount = memoryLimit
    let columns = StagedColumns(schema)
    for index in schema.sources.indices {
      let reader = try source.open(index, columns: columns.all)
      var rowCount = 0
      try orderedPipeline(
        next: { try reader.next() },
        work: { try StagedDraft(try reader.frame(of: $0), columns) },
        inOrder: { draft in
          let readRowCount = draft.readRowCount
          try append(draft.block(source: index, firstIndex: rowCount, tables: &tables))
          rowCount += readRowCount
          try progress(readRowCount)
        })
      rowCounts.append(rowCount)
    }
  }

  /// Gives back all rows; none can be read any more.
  func discard() {
    blocks = []
    file = nil
  }

  /// Returns the different texts of a column.
  func table(of column: String) -> KeyTable { tables[column] ?? KeyTable() }

  /// The number of blocks of rows.
  var blockCount: Int { blocks.count }

  /// Returns the rows of a block and the number of their source.
  ///
  /// May be called from several threads at once.
  ///
  /// - Parameter wanted: The columns to read; nil for all.
  func frame(_ number: Int, columns wanted: Set<String>? = nil) throws -> (Frame, source: Int) {
    let block =
      switch blocks[number] {
      case .kept(let block): block
      case .spilled(let block, let file): try block.read(from: file)
      }
    return (
      block.frame(file: paths[block.source], tables: tables, columns: wanted), block.source
    )
  }

  private func append(_ block: StagedBlock) throws {
    guard block.rowCount > 0 else { return }
    freeByteCount -= block.byteCount
    if freeByteCount >= 0 { return blocks.append(.kept(block)) }
    let file = try self.file ?? ScratchFile(in: folder)
    self.file = file
    blocks.append(.spilled(try SpilledBlock(block, to: file), file))
  }
}
