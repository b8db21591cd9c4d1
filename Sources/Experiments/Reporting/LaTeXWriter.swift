/// Writes a report as LaTeX for inclusion in a document that uses the package `booktabs`.
struct LaTeXWriter {
  func text(_ document: ReportDocument) -> String {
    "% \(document.title)\n% Needs \\usepackage{booktabs}.\n"
      + document.blocks.map { "\n" + text($0) }.joined()
  }

  private func text(_ block: ReportDocument.Block) -> String {
    switch block {
    case .heading(let level, let text):
      return "\\\(level == 2 ? "subsection" : "subsubsection")*{\(escaped(text))}\n"
    case .paragraph(let text): return escaped(text) + "\n"
    case .list(let items): return list("itemize", items)
    case .notes(let items): return list("enumerate", items)
    case .table(let table): return text(table)
    }
  }

  private func list(_ environment: String, _ items: [String]) -> String {
    "\\begin{\(environment)}\n" + items.map { "\\item \(escaped($0))\n" }.joined()
      + "\\end{\(environment)}\n"
  }

  private func text(_ table: ReportTable) -> String {
    let columns = "l" + String(repeating: "r", count: max(0, table.headings.count - 1))
    let header = table.headings.map(escaped).joined(separator: " & ") + " \\\\\n"
    let rows = table.rows.map { $0.map(text).joined(separator: " & ") + " \\\\\n" }
    return "\\begin{tabular}{\(columns)}\n\\toprule\n" + header + "\\midrule\n" + rows.joined()
      + "\\bottomrule\n\\end{tabular}\n"
  }

  private func text(_ cell: ReportTable.Cell) -> String {
    switch cell {
    case .text(let text): escaped(text)
    case .dash: "---"
    case .number(let text, .best): "\\textbf{\(escaped(text))}"
    case .number(let text, .second): "\\underline{\(escaped(text))}"
    case .number(let text, .other): escaped(text)
    }
  }

  private func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&", "%", "$", "#", "_", "{", "}": result += "\\\(character)"
      case "\\": result += "\\textbackslash{}"
      case "~": result += "\\textasciitilde{}"
      case "^": result += "\\textasciicircum{}"
      case "<", ">": result += "$\(character)$"
      case "±": result += "$\\pm$"
      case "×": result += "$\\times$"
      case "²": result += "\\textsuperscript{2}"
      case "—": result += "---"
      case "\n": result += " "
      default: result.append(character)
      }
    }
    return result
  }
}
