import Configuration

/// Rows of cells as aligned columns: the first to the left, the others to the right.
///
/// What does not show, or would steer the terminal, is written as an escape.
struct TextTable {
  private var rows: [[String]]

  /// Creates a table with a heading.
  init(_ heading: [String]) { rows = [heading.map(visibleText)] }

  /// Adds a row.
  mutating func add(_ row: [String]) { rows.append(row.map(visibleText)) }

  /// The lines of the table.
  var text: String {
    let columnCount = rows.map(\.count).max() ?? 0
    let widths = (0..<columnCount).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        line += column == 0 ? cell + blanks : "  " + blanks + cell
      }
      return line
    }.joined(separator: "\n")
  }
}
