/// Writes a report as LaTeX, for inclusion in a document that loads the package `booktabs`.
struct LaTeXWriter {
  func text(_ document: ReportDocument) -> String {
    "% \(oneLine(document.title))\n% Needs \\usepackage{booktabs}.\n"
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
    case .link(let text, _): return escaped(text) + "\n"
    case .commands(let lines): return list("itemize", lines)
    case .figure(let figure):
      return
        "% Needs \\usepackage{svg}.\n\\begin{figure}\n\\includesvg[width=\\linewidth]{\(figure.name)}\n"
        + "\\caption{\(escaped(figure.caption))}\n\\end{figure}\n"
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
    case .text(let text), .link(let text, _): escaped(text)
    case .dash: "---"
    case .number(let text, .best): "\\textbf{\(escaped(text))}"
    case .number(let text, .second): "\\underline{\(escaped(text))}"
    case .number(let text, .other): escaped(text)
    }
  }

  /// Returns text that LaTeX typesets literally: no character is a command, ends a line or forms a
  /// ligature with its neighbor.
  private func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var previous: Unicode.Scalar?
    for scalar in oneLine(text).unicodeScalars {
      // Two hyphens would become a dash.
      if scalar == "-", previous == "-" { result.append(contentsOf: "{}".unicodeScalars) }
      result.append(contentsOf: (Self.commands[scalar] ?? String(scalar)).unicodeScalars)
      previous = scalar
    }
    return String(result)
  }

  private static let commands: [Unicode.Scalar: String] = [
    "&": "\\&", "%": "\\%", "$": "\\$", "#": "\\#", "_": "\\_", "{": "\\{", "}": "\\}",
    "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}",
    "|": "\\textbar{}", "`": "\\textasciigrave{}", "<": "$<$", ">": "$>$",
    "±": "$\\pm$", "×": "$\\times$", "²": "\\textsuperscript{2}", "—": "---", "–": "--",
    "\u{2212}": "$-$", "≤": "$\\le$", "≥": "$\\ge$", "…": "\\ldots{}",
  ]
}
