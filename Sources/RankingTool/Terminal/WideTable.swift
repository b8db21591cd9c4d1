import Foundation

/// A table of aligned columns, at least two spaces apart, that may be wider than a window.
///
/// If it is, it is split into several of its columns each, one below the other, which all begin with
/// the first column. Where even one column beside the first is too wide, cells lose their middle (in
/// the first column) or their end, for an ellipsis.
struct WideTable {
  /// The cells of every row, in which blanks at both ends are left out.
  private let rows: [[String]]

  /// Returns whether a line is a row: it has two spaces between words.
  static func isRow(_ line: String) -> Bool {
    line.trimmingCharacters(in: .whitespaces).contains("  ")
  }

  /// Returns rows that are no longer than `width` columns, with an empty line between the parts.
  ///
  /// Rows without common columns stay as they are.
  static func fitted(_ lines: [String], width: Int) -> [String] {
    guard lines.contains(where: { $0.count > width }), let table = WideTable(lines) else {
      return lines
    }
    return table.lines(width: width)
  }

  /// Finds the columns, between which all rows have two spaces; nil if there is only one.
  private init?(_ lines: [String]) {
    let characters = lines.map(Array.init)
    let width = characters.map(\.count).max() ?? 0
    func isBlank(_ place: Int) -> Bool {
      characters.allSatisfy { place >= $0.count || $0[place] == " " }
    }
    let blanks = (0..<width).map(isBlank)
    var columns: [Range<Int>] = []
    var start: Int?
    for place in 0...width {
      let isGap =
        place == width || (blanks[place] && (place + 1 == width || blanks[place + 1]))
      if isGap, let begin = start {
        columns.append(begin..<place)
        start = nil
      } else if !isGap, start == nil, !blanks[place] {
        start = place
      }
    }
    guard columns.count > 1 else { return nil }
    rows = characters.map { row in
      columns.map { column in
        let end = min(column.upperBound, row.count)
        let cell = column.lowerBound < end ? String(row[column.lowerBound..<end]) : ""
        return cell.trimmingCharacters(in: .whitespaces)
      }
    }
  }

  private func lines(width: Int) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let widest = min(widths.dropFirst().max() ?? 0, max(1, width / 2))
    let first = min(widths[0], max(1, width - widest - 2), max(widest, width * 3 / 5))
    let room = max(1, width - first - 2)
    var parts: [Range<Int>] = []
    var used = 0
    for column in widths.indices.dropFirst() {
      let own = min(widths[column], room)
      if let last = parts.last, used + 2 + own <= room {
        parts[parts.count - 1] = last.lowerBound..<column + 1
        used += 2 + own
      } else {
        parts.append(column..<column + 1)
        used = own
      }
    }
    return Array(
      parts.map { part in
        rows.map { row in
          let name = Self.withoutMiddle(row[0], width: first)
          let cells = part.map { column in
            let own = min(widths[column], room)
            let cell = Self.withoutEnd(row[column], width: own)
            return "  " + String(repeating: " ", count: own - cell.count) + cell
          }
          let line = name + String(repeating: " ", count: first - name.count) + cells.joined()
          return line.replacing(#/ +$/#, with: "")
        }
      }.joined(separator: [""]))
  }

  private static func withoutMiddle(_ text: String, width: Int) -> String {
    guard text.count > width else { return text }
    let end = (width - 1) / 2
    return text.prefix(width - 1 - end) + "…" + text.suffix(end)
  }

  private static func withoutEnd(_ text: String, width: Int) -> String {
    text.count > width ? text.prefix(width - 1) + "…" : text
  }
}
