/// Rows of one source, without their texts.
struct StagedBlock {
  /// The number of the source.
  let source: Int

  /// The line that each row begins in, and its number among the rows of the source.
  let lines: [Int]
  let indices: [Int]

  /// By column, the numbers of the rows' texts in the column's table.
  let keys: [(column: String, numbers: [Int32])]

  /// By column, the rows' numbers; nil where one of the texts is no finite number.
  let numbers: [(column: String, values: [Double]?)]

  /// The values of the features that are not fitted; nil where they are still texts.
  let unfitted: NumberRows?

  /// The number of rows.
  var rowCount: Int { lines.count }

  /// How much memory the rows take.
  var byteCount: Int {
    let numberCount = numbers.count { $0.values != nil }
    return rowCount * (16 + 4 * keys.count + 8 * numberCount + 4 * (unfitted?.width ?? 0))
  }

  /// Returns the rows as a frame.
  ///
  /// - Parameters:
  ///   - tables: The tables of all columns with texts.
  ///   - wanted: The columns that the frame is to have; nil for all.
  func frame(file: String, tables: [String: KeyTable], columns wanted: Set<String>?) -> Frame {
    func isWanted(_ column: String) -> Bool { wanted?.contains(column) ?? true }
    var frame = Frame(file: file, lines: lines, indices: indices)
    frame.unfitted = unfitted
    var keyColumns: [String: KeyColumn] = [:]
    for (column, numbers) in keys where isWanted(column) {
      let keys = KeyColumn(numbers: numbers, table: tables[column] ?? KeyTable())
      keyColumns[column] = keys
      frame.set(column, .staged(keys, nil))
    }
    for (column, values) in numbers where isWanted(column) {
      frame.set(column, .staged(keyColumns[column], values))
    }
    return frame
  }
}
