import Tabular

/// The cells of some columns of every row as one key.
struct RowKeys {
  private let parts: [KeyColumn]

  /// The number of the empty text in the table of each part; nil where the table lacks it.
  private let empty: [Int32?]
  private let hasEmptyTexts: Bool

  /// Takes the columns of a staged frame.
  init(columns: [String], of frame: StagedFrame) throws {
    parts = try columns.map { try frame.keys($0) }
    let empty = parts.map { $0.table.find("").map { Int32($0) } }
    self.empty = empty
    hasEmptyTexts = empty.contains { $0 != nil }
  }

  /// Calls `body` with the key of every row: the numbers of its texts, as bytes.
  ///
  /// Two rows of one import have equal keys where they have equal texts.
  func forEach(_ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
    try withUnsafeTemporaryAllocation(of: Int32.self, capacity: parts.count) { key in
      for row in 0..<(parts.first?.numbers.count ?? 0) {
        for (index, part) in parts.enumerated() { key[index] = part.numbers[row] }
        try UnsafeRawBufferPointer(key).withMemoryRebound(to: UInt8.self) { try body(row, $0) }
      }
    }
  }

  /// Whether a row has the key of the row before it.
  func repeatsKey(_ row: Int) -> Bool {
    row > 0 && parts.allSatisfy { $0.numbers[row] == $0.numbers[row - 1] }
  }

  /// Whether one of a row's texts is missing.
  func isIncomplete(_ row: Int) -> Bool {
    hasEmptyTexts && zip(parts, empty).contains { part, empty in part.numbers[row] == empty }
  }

  /// Returns the texts of a row, parted by a byte that text does not have.
  func text(_ row: Int) -> String {
    parts.map { $0.table.string(Int($0.numbers[row])) }.joined(separator: "\u{1f}")
  }
}
