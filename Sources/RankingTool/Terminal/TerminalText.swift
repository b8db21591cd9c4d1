import Configuration
import Experiments
import Foundation

/// Returns text wrapped at spaces into lines of at most `width` columns.
///
/// - Parameters:
///   - indent: The number of spaces before every line.
///   - hanging: The number of additional spaces before every line except the first.
func wrapped(_ text: String, width: Int, indent: Int = 0, hanging: Int = 0) -> String {
  var lines: [String] = []
  var line = ""
  for word in text.split(whereSeparator: \.isWhitespace) {
    let room = width - indent - (lines.isEmpty ? 0 : hanging)
    if !line.isEmpty, line.count + 1 + word.count > room {
      lines.append(line)
      line = ""
    }
    line += line.isEmpty ? String(word) : " \(word)"
  }
  lines.append(line)
  return lines.enumerated().map { index, line in
    String(repeating: " ", count: indent + (index == 0 ? 0 : hanging)) + line
  }.joined(separator: "\n")
}

/// Returns text in printable form: without terminal control characters, and with sentences and
/// lists wrapped at the width of the window, if there is one (or at the width in `COLUMNS`).
///
/// Lines of a table, which have more than one space between words, are not wrapped.
func printable(_ text: String) -> String {
  let width = StandardOutput.wrappingWidth ?? .max
  return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
    let line = visibleText(String(line))
    guard line.count > width, !line.contains("  ") else { return line }
    return wrapped(line, width: width, hanging: 2)
  }.joined(separator: "\n")
}

/// Rows of cells as aligned columns: the first column left-aligned, the others right-aligned.
///
/// Invisible characters and terminal control characters are written as escapes.
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

/// Returns a number with four decimals.
func fourDigits(_ value: Double) -> String { String(format: "%.4f", value) }
