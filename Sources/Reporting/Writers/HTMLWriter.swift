import Experiments
import Training

/// Writes a document as one HTML page that needs no other file and no network.
///
/// Everything is readable without the script, which reads only attributes: `data-metric` on parts
/// about one metric, `data-row` and `data-scenario` on the parts of figures, and the headings of
/// tables.
struct HTMLWriter {
  /// What a reader can select.
  struct Choices: Equatable {
    var rows: [String] = []
    var scenarios: [String] = []
    var metrics: [String] = []
  }

  var choices = Choices()
  /// Links to other pages, before the title: label and address.
  var links: [(label: String, address: String)] = []
  /// Whether the files of figures lie beside the page, which then links to them.
  var hasFigureFiles = false

  /// Creates the writer of a document without anything to select.
  init(links: [(label: String, address: String)] = []) { self.links = links }

  /// Creates the writer of a report.
  init(_ content: ReportContent) {
    choices = Choices(
      rows: content.rows.map(\.label),
      scenarios: content.scenarios.map(ReportContent.heading(ofScenario:)),
      metrics: content.specification.metrics.map(\.title))
  }

  /// Returns the page.
  func page(_ document: ReportDocument) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="generator" content="aesm2">
    <title>\(markup(document.title))</title>
    <style>
    \(Ink.styleSheet)\(pageStyle)</style>
    </head>
    <body>
    <main\(attributes)>
    \(navigation)<h1>\(markup(document.title))</h1>
    \(body(document))</main>
    <script>
    \(pageScript)</script>
    </body>
    </html>

    """
  }

  /// The choices as lists in JSON, whose names are written as in the text of the page.
  private var attributes: String {
    [("rows", choices.rows), ("scenarios", choices.scenarios), ("metrics", choices.metrics)]
      .filter { $0.1.count > 1 }
      .map { " data-\($0.0)=\"\(markup($0.1.map(oneLine).configuration.canonicalJSON))\"" }
      .joined()
  }

  private var navigation: String {
    guard !links.isEmpty else { return "" }
    return "<nav aria-label=\"Site\">"
      + links.map { "<a href=\"\(markup($0.address))\">\(markup($0.label))</a>" }
      .joined(separator: " · ") + "</nav>\n"
  }

  // MARK: - Sections

  /// Headings open sections, which the next heading of the same or a higher level closes.
  private func body(_ document: ReportDocument) -> String {
    var text = ""
    var open: [Int] = []
    var heading = document.title
    func close(to level: Int) {
      while let last = open.last, last >= level {
        text += "</section>\n"
        open.removeLast()
      }
    }
    for block in document.blocks {
      if case .heading(let level, let words) = block {
        close(to: level)
        open.append(level)
        heading = words
        text += "<section\(metricAttribute(words))>\n<h\(level)>\(markup(words))</h\(level)>\n"
      } else {
        text += self.text(block, under: heading)
      }
    }
    close(to: 0)
    return text
  }

  /// Returns the attribute of a part whose heading begins with the title of a metric.
  private func metricAttribute(_ heading: String) -> String {
    let metric = choices.metrics.first { title in
      heading.hasPrefix(title) && [nil, " ", ":"].contains(heading.dropFirst(title.count).first)
    }
    return metric.map { " data-metric=\"\(markup($0))\"" } ?? ""
  }

  private func text(_ block: ReportDocument.Block, under heading: String) -> String {
    switch block {
    case .heading: ""
    case .paragraph(let text): "<p>\(markup(text))</p>\n"
    case .list(let items): list("ul", items)
    case .notes(let items): list("ol", items)
    case .link(let text, let address):
      "<p><a href=\"\(markup(address))\">\(markup(text))</a></p>\n"
    case .commands(let lines):
      "<pre><code>\(lines.map(markup).joined(separator: "\n"))</code></pre>\n"
    case .table(let table): text(table, caption: heading)
    case .figure(let figure): text(figure)
    }
  }

  private func list(_ name: String, _ items: [String]) -> String {
    "<\(name)>\n" + items.map { "<li>\(markup($0))</li>\n" }.joined() + "</\(name)>\n"
  }

  private func text(_ figure: ReportFigure) -> String {
    "<figure\(figure.drawing.width > PlotFrame.imageWidth ? " class=\"wide\"" : "")>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
      + "aria-label=\"\(markup(figure.drawing.title))\">\n"
      + figure.drawing.inlineSVG(id: "figure-\(figure.name)")
      + "</div>\n<figcaption>\(markup(figure.caption))\(files(of: figure))</figcaption>\n</figure>\n"
  }

  private func files(of figure: ReportFigure) -> String {
    guard hasFigureFiles else { return "" }
    return " <a href=\"\(figure.name).svg\">SVG</a> <a href=\"\(figure.name).csv\">CSV</a>"
  }

  // MARK: - Tables

  /// The number of rows beyond which a table is folded.
  private static let mostRows = 60

  private func text(_ table: ReportTable, caption: String) -> String {
    let isNumeric = table.headings.indices.map { Self.isNumeric($0, in: table) }
    let head = table.headings.enumerated().map { index, heading in
      "<th scope=\"col\"\(isNumeric[index] ? " class=\"n\"" : "")"
        + "\(index == 0 ? "" : metricAttribute(heading))>\(markup(heading))</th>"
    }.joined()
    let rows = table.rows.map { row in
      "<tr>"
        + row.enumerated().map { index, value in
          cell(value, isHeading: index == 0, isNumeric: index < isNumeric.count && isNumeric[index])
        }.joined() + "</tr>\n"
    }.joined()
    let text =
      "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"\(markup(caption))\">\n"
      + "<table>\n<caption>\(markup(caption))</caption>\n<thead><tr>\(head)</tr></thead>\n"
      + "<tbody>\n\(rows)</tbody>\n</table>\n</div>\n"
    guard table.rows.count > Self.mostRows else { return text }
    return "<details>\n<summary>\(table.rows.count) rows</summary>\n\(text)</details>\n"
  }

  /// Whether all cells of a column are or begin with a number, so that they are aligned to the right.
  private static func isNumeric(_ column: Int, in table: ReportTable) -> Bool {
    let cells = table.rows.filter { $0.indices.contains(column) }.map { $0[column] }
    return column > 0
      && cells.contains { ![.dash, .text("")].contains($0) }
      && cells.allSatisfy { cell in
        switch cell {
        case .number, .dash: true
        case .text(let text): text.isEmpty || Double(text.prefix { $0 != " " }) != nil
        case .link: false
        }
      }
  }

  private func cell(_ cell: ReportTable.Cell, isHeading: Bool, isNumeric: Bool) -> String {
    let start = isHeading ? "<th scope=\"row\">" : isNumeric ? "<td class=\"n\">" : "<td>"
    return start + content(of: cell) + (isHeading ? "</th>" : "</td>")
  }

  private func content(of cell: ReportTable.Cell) -> String {
    switch cell {
    // What is in parentheses may stand on a line of its own.
    case .text(let text): markup(text).replacing(" (", with: " <wbr>(")
    case .number(let text, .other): markup(text)
    case .link(let text, let address): "<a href=\"\(markup(address))\">\(markup(text))</a>"
    case .number(let text, .best): "<strong>\(markup(text))</strong>"
    case .number(let text, .second): "<u>\(markup(text))</u>"
    case .dash: "—"
    }
  }
}
