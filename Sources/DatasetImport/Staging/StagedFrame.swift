import Configuration
import Tabular

/// Rows as staged: the numbers of the required texts, and the required numbers.
struct StagedFrame: Frame {
  let file: String
  let lines: [Int]
  let indices: [Int]

  /// The values of the features that are not fitted; nil if they are stored as texts.
  let unfitted: NumberRows?

  /// The columns stored as texts and those stored as numbers; a column may be in both.
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
  /// - Throws: ``Diagnostic`` if the texts of the column were not kept.
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

  /// Returns only the rows at `positions`, which must be increasing.
  func selecting(_ positions: [Int]) -> StagedFrame {
    if positions.count == rowCount { return self }
    return StagedFrame(
      file: file, lines: positions.map { lines[$0] }, indices: positions.map { indices[$0] },
      keys: keyColumns.mapValues { $0.selecting(positions) },
      numbers: numberColumns.mapValues { $0.selecting(positions) },
      unfitted: unfitted?.selecting(positions))
  }
}

/// The cells of some columns of every row as one key.
struct RowKeys {
  private let parts: [KeyColumn]

  /// The number of the empty text in the table of each part; nil if the table lacks it.
  private let empty: [Int32?]
  private let hasEmptyTexts: Bool

  /// Creates keys from columns of a staged frame.
  init(columns: [String], of frame: StagedFrame) throws {
    parts = try columns.map { try frame.keys($0) }
    let empty = parts.map { $0.table.find("").map { Int32($0) } }
    self.empty = empty
    hasEmptyTexts = empty.contains { $0 != nil }
  }

  /// Calls `body` with the key of every row: the numbers of its texts, as bytes.
  ///
  /// Two rows of one import have equal keys if and only if they have equal texts.
  func forEach(_ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
    try withUnsafeTemporaryAllocation(of: Int32.self, capacity: parts.count) { key in
      for row in 0..<(parts.first?.numbers.count ?? 0) {
        for (index, part) in parts.enumerated() { key[index] = part.numbers[row] }
        try UnsafeRawBufferPointer(key).withMemoryRebound(to: UInt8.self) { try body(row, $0) }
      }
    }
  }

  /// Returns whether a row has the same key as the row before it.
  func repeatsKey(_ row: Int) -> Bool {
    row > 0 && parts.allSatisfy { $0.numbers[row] == $0.numbers[row - 1] }
  }

  /// Returns whether one of a row's texts is missing.
  func isIncomplete(_ row: Int) -> Bool {
    hasEmptyTexts && zip(parts, empty).contains { part, empty in part.numbers[row] == empty }
  }

  /// Returns the texts of a row, separated by a byte that does not occur in text.
  func text(_ row: Int) -> String {
    parts.map { $0.table.string(Int($0.numbers[row])) }.joined(separator: "\u{1f}")
  }
}
