/// Writes a report as Markdown, with the HTML element for underlining.
struct MarkdownWriter {
  func text(_ document: ReportDocument) -> String {
    "# \(escaped(document.title))\n" + document.blocks.map { "\n" + text($0) }.joined()
  }

  private func text(_ block: ReportDocument.Block) -> String {
    switch block {
    case .heading(let level, let text):
      return String(repeating: "#", count: level) + " \(escaped(text))\n"
    case .paragraph(let text): return escaped(text) + "\n"
    case .list(let items): return items.map { "- \(escaped($0))\n" }.joined()
    case .notes(let items):
      return items.enumerated().map { "\($0 + 1). \(escaped($1))\n" }.joined()
    case .table(let table): return text(table)
    }
  }

  private func text(_ table: ReportTable) -> String {
    let header = "| " + table.headings.map(escaped).joined(separator: " | ") + " |\n"
    let rule =
      "| --- |" + table.headings.dropFirst().map { _ in " ---: |" }.joined() + "\n"
    let rows = table.rows.map { "| " + $0.map(text).joined(separator: " | ") + " |\n" }
    return header + rule + rows.joined()
  }

  private func text(_ cell: ReportTable.Cell) -> String {
    switch cell {
    case .text(let text): escaped(text)
    case .dash: "—"
    case .number(let text, .best): "**\(text)**"
    case .number(let text, .second): "<u>\(text)</u>"
    case .number(let text, .other): text
    }
  }

  private func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "|", "*", "_", "`", "<", "\\": result += "\\\(character)"
      case "\n": result += " "
      default: result.append(character)
      }
    }
    return result
  }
}
