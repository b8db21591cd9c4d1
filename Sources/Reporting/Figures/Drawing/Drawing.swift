import Configuration

/// A place in an image, in pixels from the upper left corner.
package struct Point: Equatable, Sendable {
  package var x: Double
  package var y: Double

  package init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// An SVG image, drawn element by element.
///
/// Coordinates have two decimals, whatever the locale. Colors are presentation attributes, for
/// programs that know no style sheet, and classes, which follow the reader's color scheme; see
/// ``Ink``.
package struct Drawing: Equatable, Sendable {
  /// The title of the image.
  package let title: String
  /// The image in words.
  package let alternative: String
  package let width: Double
  package let height: Double
  private var elements: [String] = []

  package init(title: String, alternative: String, width: Double, height: Double) {
    self.title = title
    self.alternative = alternative
    self.width = width
    self.height = height
  }

  /// The height of the part at the top that the title takes.
  static let titleHeight = 28.0

  /// The image as a file of its own, with its title.
  package var svg: String {
    // Bold text is about a tenth wider.
    let available = (width - 24) / 1.1
    let size = textWidth(title, size: 14) > available ? 12.0 : 14
    var titled = Drawing(title: title, alternative: alternative, width: width, height: height)
    titled.text(
      fitted(title, to: available, size: size), at: Point(12, 22), size: size, isBold: true)
    titled.elements += elements
    return titled.file
  }

  private var file: String {
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(number(width))\" height=\"\(number(height))\" "
      + opening(id: "figure", top: 0) + "<style>\n\(Ink.styleSheet)</style>\n" + body
  }

  /// Returns the image without its title, which stands above it, as part of a page that has the style
  /// sheet ``Ink/styleSheet``.
  ///
  /// On narrow screens it keeps a width at which its text is readable.
  ///
  /// - Parameter id: A name that no other image of the page has.
  package func inlineSVG(id: String) -> String {
    "<svg style=\"min-width:\(number(width * 0.85))px;max-width:\(number(width * 1.25))px\" "
      + opening(id: id, top: Self.titleHeight) + body
  }

  private func opening(id: String, top: Double) -> String {
    "viewBox=\"0 \(number(top)) \(number(width)) \(number(height - top))\" class=\"figure\" "
      + "font-family=\"system-ui, 'DejaVu Sans', Helvetica, Arial, sans-serif\" font-size=\"12\" role=\"img\" "
      + "aria-labelledby=\"\(id)-title \(id)-desc\">\n"
      + "<title id=\"\(id)-title\">\(markup(title))</title>\n"
      + "<desc id=\"\(id)-desc\">\(markup(alternative))</desc>\n"
  }

  private var body: String {
    "<rect class=\"paper\" width=\"100%\" height=\"100%\" fill=\"\(Ink.paper.color)\"/>\n"
      + elements.joined(separator: "\n") + "\n</svg>\n"
  }

  // MARK: - Elements

  /// Draws text on one line.
  ///
  /// - Parameter hasHalo: Whether lines below the text are kept off it.
  package mutating func text(
    _ text: String, at point: Point, size: Double = 12, anchor: Anchor = .start, ink: Ink = .text,
    isBold: Bool = false, hasHalo: Bool = false, rotation: Double = 0
  ) {
    let halo =
      hasHalo
      ? " halo\" paint-order=\"stroke\" stroke=\"\(Ink.paper.color)\" stroke-width=\"3" : ""
    var attributes = "class=\"\(ink.fillClass)\(halo)\" fill=\"\(ink.color)\""
    if size != 12 { attributes += " font-size=\"\(number(size))\"" }
    if anchor != .start { attributes += " text-anchor=\"\(anchor.rawValue)\"" }
    if isBold { attributes += " font-weight=\"600\"" }
    let place =
      rotation == 0
      ? "x=\"\(number(point.x))\" y=\"\(number(point.y))\""
      : "transform=\"translate(\(number(point.x)) \(number(point.y))) rotate(\(number(rotation)))\""
    elements.append("<text \(place) \(attributes)>\(markup(text))</text>")
  }

  /// Draws a line through points.
  package mutating func line(
    through points: [Point], ink: Ink, width: Double = 1, dash: String = "", opacity: Double = 1,
    tip: String? = nil
  ) {
    var attributes =
      "fill=\"none\" class=\"\(ink.strokeClass)\" stroke=\"\(ink.color)\" "
      + "stroke-width=\"\(number(width))\""
    if !dash.isEmpty { attributes += " stroke-dasharray=\"\(dash)\"" }
    if opacity != 1 { attributes += " stroke-opacity=\"\(number(opacity))\"" }
    element("polyline", "points=\"\(text(points))\" \(attributes)", tip: tip)
  }

  /// Fills a polygon.
  package mutating func polygon(_ points: [Point], ink: Ink, opacity: Double) {
    element(
      "polygon",
      "points=\"\(text(points))\" class=\"\(ink.fillClass)\" fill=\"\(ink.color)\" "
        + "fill-opacity=\"\(number(opacity))\"", tip: nil)
  }

  /// Fills a rectangle.
  package mutating func rectangle(
    from a: Point, to b: Point, ink: Ink, opacity: Double = 1, tip: String? = nil
  ) {
    let opacity = opacity == 1 ? "" : " fill-opacity=\"\(number(opacity))\""
    element(
      "rect",
      "x=\"\(number(a.x))\" y=\"\(number(a.y))\" width=\"\(number(b.x - a.x))\" "
        + "height=\"\(number(b.y - a.y))\" class=\"\(ink.fillClass)\" fill=\"\(ink.color)\"\(opacity)",
      tip: tip)
  }

  /// Draws the marker of a row.
  package mutating func marker(
    _ series: Series, at point: Point, radius: Double = 4, tip: String? = nil
  ) {
    let place = "transform=\"translate(\(number(point.x)) \(number(point.y)))\""
    let path = series.marker.path(radius: radius)
    let style =
      series.marker.isOpen
      ? "fill=\"none\" class=\"\(series.ink.strokeClass)\" stroke=\"\(series.ink.color)\" stroke-width=\"2\""
      : "class=\"\(series.ink.fillClass)\" fill=\"\(series.ink.color)\""
    element("path", "d=\"\(path)\" \(place) \(style)", tip: tip)
  }

  /// Draws elements as a group that belongs to a row, a scenario or both, so that a page can hide it.
  package mutating func group(
    row: String? = nil, scenario: String? = nil, _ draw: (inout Drawing) -> Void
  ) {
    let names = [("row", row), ("scenario", scenario)].compactMap { name, value in
      value.map { " data-\(name)=\"\(markup($0))\"" }
    }
    elements.append("<g\(names.joined())>")
    draw(&self)
    elements.append("</g>")
  }

  private mutating func element(_ name: String, _ attributes: String, tip: String?) {
    elements.append(
      tip.map { "<\(name) \(attributes)><title>\(markup($0))</title></\(name)>" }
        ?? "<\(name) \(attributes)/>")
  }

  private func text(_ points: [Point]) -> String {
    points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
  }

  private func number(_ value: Double) -> String {
    let text = fixed(value, digits: 2)
    guard text.hasSuffix("0") else { return text }
    return String(text.hasSuffix(".00") ? text.dropLast(3) : text.dropLast())
  }
}

/// The end of a text that lies at its place.
package enum Anchor: String, Sendable { case start, middle, end }

/// Returns text as the content of an HTML or SVG element or of a quoted attribute, on one line.
func markup(_ text: String) -> String {
  oneLine(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
}
