/// A report as headings, sentences, lists and tables, independent of the output format.
struct ReportDocument: Equatable {
  enum Block: Equatable {
    case heading(level: Int, String)
    case paragraph(String)
    case list([String])
    /// Numbered from 1; tables and sentences refer to notes by number in brackets.
    case notes([String])
    case table(ReportTable)
    case figure(ReportFigure)
    /// Commands of a shell, one a line.
    case commands([String])
    /// A way to a page of the same site.
    case link(String, address: String)
  }

  var title: String
  var blocks: [Block] = []

  /// The document up to its second section.
  var firstSection: ReportDocument {
    let sections = blocks.indices.filter {
      if case .heading(level: 2, _) = blocks[$0] { true } else { false }
    }
    return ReportDocument(
      title: title, blocks: Array(blocks[..<(sections.dropFirst().first ?? blocks.endIndex)]))
  }
}
