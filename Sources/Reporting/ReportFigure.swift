/// A figure of a report, with its caption.
struct ReportFigure: Equatable {
  /// The name of its file, without extension.
  var name: String
  var drawing: Drawing
  /// The drawn numbers as CSV.
  var csv: String
  var caption: String

  /// Creates the figure; nil if there is nothing to draw.
  init?(_ figure: some Figure, name: String, caption: String) {
    guard let drawing = figure.drawing() else { return nil }
    self.name = Self.fileName(name)
    self.drawing = drawing
    csv = csvText(figure.data.map { $0.map(csvPlain) })
    self.caption = caption
  }

  /// Returns a name in small letters, digits and single hyphens.
  private static func fileName(_ text: String) -> String {
    text.lowercased().unicodeScalars.split {
      !("a"..."z").contains($0) && !("0"..."9").contains($0)
    }.map { String(String.UnicodeScalarView($0)) }.joined(separator: "-")
  }
}

extension ReportSection {
  /// Returns figures below their titles as headings.
  static func titled(_ figures: [ReportFigure]) -> [ReportDocument.Block] {
    figures.flatMap { [.heading(level: 3, $0.drawing.title), .figure($0)] }
  }
}

extension ReportDocument {
  /// Numbers figures whose names are those of earlier ones, so that no two have the same name.
  mutating func distinguishFigures() {
    var used: Set<String> = []
    for case (let index, .figure(var figure)) in blocks.enumerated() {
      let name = figure.name
      var count = 1
      while !used.insert(figure.name).inserted {
        count += 1
        figure.name = "\(name)-\(count)"
      }
      blocks[index] = .figure(figure)
    }
  }
}
