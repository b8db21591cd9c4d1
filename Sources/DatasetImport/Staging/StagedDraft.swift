import Tabular

/// Rows on their way into ``StagedRows``: their texts have numbers of their own only.
struct StagedDraft {
  /// The rows of the file that these were made of.
  let readRowCount: Int

  /// The line that each row begins in, and its number among the rows of the chunk.
  let lines: [Int]
  let indices: [Int]

  /// By column, the texts.
  private(set) var texts: [(column: String, cells: NumberedCells)] = []

  /// By column, the numbers; nil where one of the texts is no finite number.
  private(set) var numbers: [(column: String, values: NumberColumn?)] = []

  /// The values of the features that are not fitted; nil where they are still texts.
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
  /// Reads a column as finite numbers; nil where a text is none.
  fileprivate func finiteNumbers(of column: String) throws -> NumberColumn? {
    guard case .cells(let cells) = try self.column(column) else { return try? numbers(column) }
    return cells.finiteNumbers
  }

  /// Returns the values of features that are not fitted; nil where there are none, where a text is no
  /// number, or a number is missing that must not be or is beyond the range of 32-bit numbers.
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
