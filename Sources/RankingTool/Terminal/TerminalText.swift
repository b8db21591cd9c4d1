import Configuration
import Experiments
import Foundation

/// Returns text wrapped at spaces into lines of at most `width` columns.
///
/// - Parameters:
///   - indent: The number of spaces before every line.
///   - hanging: The number of additional spaces before every line except the first.
///   - breaksAtCommas: Whether words that are longer than a line, such as JSON, are broken after
///     commas.
func wrapped(
  _ text: String, width: Int, indent: Int = 0, hanging: Int = 0, breaksAtCommas: Bool = false
) -> String {
  var lines: [String] = []
  var line = ""
  var room: Int { width - indent - (lines.isEmpty ? 0 : hanging) }
  func add(_ part: Substring, after separator: String) {
    if !line.isEmpty, line.count + separator.count + part.count > room {
      lines.append(line)
      line = ""
    }
    line += line.isEmpty ? String(part) : separator + part
  }
  for word in text.split(whereSeparator: \.isWhitespace) {
    guard breaksAtCommas, word.count > width - indent - hanging, word.contains(",") else {
      add(word, after: " ")
      continue
    }
    var rest = word
    var separator = " "
    while !rest.isEmpty {
      let end = rest.firstIndex(of: ",").map { rest.index(after: $0) } ?? rest.endIndex
      add(rest[..<end], after: separator)
      (rest, separator) = (rest[end...], "")
    }
  }
  lines.append(line)
  return lines.enumerated().map { index, line in
    String(repeating: " ", count: indent + (index == 0 ? 0 : hanging)) + line
  }.joined(separator: "\n")
}

/// Returns text in printable form: without terminal control characters, and with sentences and
/// lists wrapped at the width of the window, if there is one (or at the width in `COLUMNS`).
///
/// Lines of a table, which have more than one space between words, are not wrapped: on a terminal,
/// a table that is too wide is split into several (``WideTable``), and elsewhere it stays as it is.
func printable(_ text: String) -> String {
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    .map { visibleText(String($0)) }
  guard let width = StandardOutput.wrappingWidth else { return lines.joined(separator: "\n") }
  return fitted(lines, width: width, isTerminal: StandardOutput.isTerminal)
    .joined(separator: "\n")
}

/// Returns lines of which those that are longer than `width` columns are wrapped, and, on a terminal,
/// tables split.
private func fitted(_ lines: [String], width: Int, isTerminal: Bool) -> [String] {
  var result: [String] = []
  var rest = lines[...]
  while let line = rest.first {
    let table = rest.prefix(while: WideTable.isRow)
    if !table.isEmpty {
      result += isTerminal ? WideTable.fitted(Array(table), width: width) : Array(table)
      rest = rest.dropFirst(table.count)
      continue
    }
    let indent = line.prefix { $0 == " " }.count
    result.append(
      line.count <= width
        ? line
        : wrapped(
          line, width: width, indent: indent, hanging: 2, breaksAtCommas: isTerminal))
    rest = rest.dropFirst()
  }
  return result
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
