import Configuration

/// Writes a report as Markdown, with HTML elements for underlining.
struct MarkdownWriter {
  func text(_ document: ReportDocument) -> String {
    "# \(escaped(document.title))\n" + document.blocks.map { "\n" + text($0) }.joined()
  }

  private func text(_ block: ReportDocument.Block) -> String {
    switch block {
    case .heading(let level, let text):
      return String(repeating: "#", count: level) + " \(escaped(text))\n"
    case .paragraph(let text): return beginning(text) + "\n"
    case .list(let items): return items.map { "- \(beginning($0))\n" }.joined()
    case .notes(let items):
      return items.enumerated().map { "\($0 + 1). \(beginning($1))\n" }.joined()
    case .table(let table): return text(table)
    case .link(let text, _): return beginning(text) + "\n"
    case .commands(let lines): return lines.map { "    \(oneLine($0))\n" }.joined()
    case .figure(let figure):
      return "![\(escaped(figure.caption))](\(figure.name).svg)\n\n\(beginning(figure.caption))\n"
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
    case .text(let text), .link(let text, _): escaped(text)
    case .dash: "—"
    case .number(let text, .best): "**\(text)**"
    case .number(let text, .second): "<u>\(text)</u>"
    case .number(let text, .other): text
    }
  }

  /// Returns text for the beginning of a line, where it must not be read as a heading, list or
  /// quote.
  private func beginning(_ text: String) -> String {
    let text = escaped(text)
    let digits = text.prefix { ("0"..."9").contains($0) }
    let mark = text.dropFirst(digits.count).prefix(1)
    if !digits.isEmpty, mark == "." || mark == ")" {
      return digits + "\\" + text.dropFirst(digits.count)
    }
    return ["#", ">", "+", "-", "="].contains(text.prefix(1)) ? "\\" + text : text
  }

  /// Returns text that Markdown renders literally: no emphasis, HTML, entities or links.
  private func escaped(_ text: String) -> String {
    let scalars = Array(oneLine(text).unicodeScalars)
    var result = String.UnicodeScalarView()
    for (index, scalar) in scalars.enumerated() {
      let next = index + 1 < scalars.count ? scalars[index + 1] : " "
      let isEscaped =
        switch scalar {
        case "|", "*", "_", "`", "<", "\\", "~": true
        case "]": next == "(" || next == "[" || next == ":"
        case "&": next == "#" || next.properties.isAlphabetic
        // URLs become links automatically.
        case ":": next == "/"
        case "@": true
        case ".": index >= 3 && scalars[index - 3..<index].allSatisfy { $0 == "w" || $0 == "W" }
        default: false
        }
      if isEscaped { result.append("\\") }
      result.append(scalar)
    }
    return String(result)
  }
}

/// Returns text as one line in which everything is visible: line breaks become spaces, all other
/// invisible characters become escapes; see `visibleText`.
func oneLine(_ text: String) -> String {
  if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return text }
  var scalars = String.UnicodeScalarView()
  var followsReturn = false
  for scalar in text.unicodeScalars {
    let isBreak = scalar.properties.isWhitespace && Character(scalar).isNewline
    if isBreak {
      if !(followsReturn && scalar == "\n") { scalars.append(" ") }
    } else {
      scalars.append(scalar)
    }
    followsReturn = scalar == "\r"
  }
  return visibleText(String(scalars))
}
