import Foundation
import Tabular
import TensorCore

/// The rows of all sources after joins, derivations and the filter: texts as numbers in a table,
/// numbers unchanged.
///
/// The sources are read once. Rows are kept in memory up to a limit, and beyond it in a scratch
/// file.
final class StagedRows {
  /// The number of bytes of rows kept in memory: an eighth of physical memory, at most 1 GiB.
  static let memoryLimit = Int(min(1 << 30, ProcessInfo.processInfo.physicalMemory / 8))

  let schema: DatasetSchema

  /// The number of rows of every source, before joins and the filter.
  private(set) var rowCounts: [Int] = []

  /// The paths of the sources.
  private let paths: [String]
  private var tables: [String: KeyTable] = [:]
  private var blocks: [StagedBlock?] = []

  /// Reads all sources.
  ///
  /// - Parameter folder: The folder for a scratch file.
  /// - Throws: ``Diagnostic`` if a file cannot be read, no file has rows, or a never-feature or a
  ///   value of `--each` does not occur.
  init(
    _ source: FrameSource, in folder: URL, memoryLimit: Int = memoryLimit,
    progress: (Int) throws -> Void
  ) throws {
    schema = source.schema
    paths = source.paths
    let store = StagedStore(in: folder, memoryLimit: memoryLimit)
    let columns = StagedColumns(schema)
    var neverFeatures = NeverFeatureCheck(source)
    for index in schema.sources.indices {
      let reader = try source.open(index, columns: columns.all)
      try neverFeatures.add(reader.allColumns, ofSource: index)
      var rowCount = 0
      try orderedPipeline(
        next: { try reader.next() },
        work: { try StagedDraft(try reader.frame(of: $0), columns) },
        inOrder: { draft in
          if draft.rowCount > 0 {
            blocks.append(
              try StagedBlock(
                draft, source: index, firstIndex: rowCount, tables: &tables, in: store))
          }
          rowCount += draft.readRowCount
          try progress(draft.readRowCount)
        })
      rowCounts.append(rowCount)
    }
    try RestrictionCheck(source).check(self)
  }

  /// Returns the distinct texts of a column.
  func table(of column: String) -> KeyTable { tables[column] ?? KeyTable() }

  /// The number of blocks of rows.
  var blockCount: Int { blocks.count }

  /// Returns a block; nil if it was taken.
  func block(_ number: Int) -> StagedBlock? { blocks[number] }

  /// Returns a block and gives up its rows, whose memory is freed together with the block.
  func take(_ number: Int) -> StagedBlock? {
    defer { blocks[number] = nil }
    return blocks[number]
  }

  /// Returns the rows of a block.
  ///
  /// Safe to call from several threads concurrently.
  ///
  /// - Parameter wanted: The columns to read; nil for all.
  func frame(of block: StagedBlock, columns wanted: Set<String>? = nil) throws -> StagedFrame {
    try block.frame(file: paths[block.source], tables: tables, columns: wanted)
  }
}

/// The columns of a schema that are kept for later, with their form.
struct StagedColumns {
  /// The columns whose texts are used.
  let texts: [String]

  /// The columns whose numbers are used.
  let numbers: [String]

  /// The numerical features whose values are final once they are read.
  let unfitted: [NumericalFeature]

  init(_ schema: DatasetSchema) {
    var texts = Set(
      (schema.features.fields + schema.features.bags).map(\.column)
        + schema.scenarios.map(\.column) + schema.groups)
    unfitted = schema.features.numericals.filter(\.isPlain)
    var numbers = Set(schema.features.numericals.filter { !$0.isPlain }.map(\.column))
    numbers.formUnion(schema.tasks.map(\.label))
    if let weight = schema.weight { numbers.insert(weight) }
    texts.formUnion(schema.split.textColumns)
    if let targetEncoding = schema.targetEncoding {
      texts.formUnion(targetEncoding.columns)
      if case .column(let column) = targetEncoding.folds, targetEncoding.visibleFolds == .past {
        numbers.insert(column)
      }
    }
    for clause in schema.storedConditions.flatMap(\.clauses) {
      switch clause.test {
      case .isOne, .isNot, .isPresent: texts.insert(clause.column)
      case .atLeast, .below: numbers.insert(clause.column)
      }
    }
    self.texts = texts.sorted()
    self.numbers = numbers.sorted()
  }

  /// Returns the columns whose numbers are kept for rows with or without values of all unfitted
  /// features.
  func numbers(hasUnfitted: Bool) -> [String] {
    hasUnfitted ? numbers : Set(numbers + unfitted.map(\.column)).sorted()
  }

  /// The names of all columns.
  var all: Set<String> { Set(texts + numbers(hasUnfitted: false)) }
}

extension DatasetSchema {
  /// The conditions that are evaluated after the rows have been read.
  fileprivate var storedConditions: [Condition] {
    tasks.compactMap(\.definedWhere) + split.conditions
  }
}
