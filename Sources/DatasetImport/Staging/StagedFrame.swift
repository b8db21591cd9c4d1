import Configuration
import Tabular

/// Rows as they were staged: numbers of the texts that are looked at, and the numbers that are.
struct StagedFrame: Frame {
  let file: String
  let lines: [Int]
  let indices: [Int]

  /// The values of the features that are not fitted; nil where they are still texts.
  let unfitted: NumberRows?

  /// The columns whose texts were kept, and those whose numbers were: a column may be in both.
  private let keyColumns: [String: KeyColumn]
  private let numberColumns: [String: NumberColumn]

  init(
    file: String, lines: [Int], indices: [Int], keys: [String: KeyColumn],
    numbers: [String: NumberColumn], unfitted: NumberRows?
  ) {
    self.file = file
    self.lines = lines
    self.indices = indices
    keyColumns = keys
    numberColumns = numbers
    self.unfitted = unfitted
  }

  /// Returns a column as keys.
  ///
  /// - Throws: ``Diagnostic`` where the texts of the column were not kept.
  func keys(_ name: String) throws -> KeyColumn {
    guard let keys = keyColumns[name] else {
      throw Diagnostic("\(file): the texts of column '\(excerpt(name))' were not kept")
    }
    return keys
  }

  func forEachCell(
    of name: String, _ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    try keys(name).forEach(body)
  }

  func numbers(_ name: String) throws -> NumberColumn {
    try numberColumns[name] ?? parsedNumbers(name)
  }

  /// Returns the rows at `positions` alone, which rise.
  func selecting(_ positions: [Int]) -> StagedFrame {
    if positions.count == rowCount { return self }
    return StagedFrame(
      file: file, lines: positions.map { lines[$0] }, indices: positions.map { indices[$0] },
      keys: keyColumns.mapValues { $0.selecting(positions) },
      numbers: numberColumns.mapValues { $0.selecting(positions) },
      unfitted: unfitted?.selecting(positions))
  }
}
