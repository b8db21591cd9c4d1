/// A color by its role, so that it can follow the reader's color scheme.
///
/// The eight colors of rows have the hues of Okabe and Ito (2008). Their lightness was chosen for
/// each scheme so that all have a contrast of at least 3 to 1 with the paper (WCAG 2.1, 1.4.11), and
/// that any two are at least 13 apart in CIELAB, also to readers without red, green or blue cones as
/// simulated by Machado and others (2009).
package enum Ink: Equatable, Sendable {
  /// The background.
  case paper
  /// Text and axes.
  case text
  /// Text of less weight.
  case faint
  /// Grid lines.
  case rule
  /// The color of a row, by its place.
  case series(Int)

  private static let light = [
    "#0a5a8c", "#983a00", "#16a069", "#d85cb4", "#9a8800", "#2f86e8", "#24292f", "#70767e",
  ]
  private static let dark = [
    "#3d8de0", "#c47a2c", "#3be8a0", "#dd4f97", "#e3c93a", "#86d0fa", "#f5f9fc", "#b4bac2",
  ]

  /// The number of colors of rows.
  package static let seriesCount = light.count

  private var index: Int {
    if case .series(let place) = self { place % Self.seriesCount } else { 0 }
  }

  /// The color on light paper.
  package var color: String {
    switch self {
    case .paper: "#ffffff"
    case .text: "#1f2328"
    case .faint: "#59636e"
    case .rule: "#d1d9e0"
    case .series: Self.light[index]
    }
  }

  private var darkColor: String {
    switch self {
    case .paper: "#0d1117"
    case .text: "#e6edf3"
    case .faint: "#9198a1"
    case .rule: "#3d444d"
    case .series: Self.dark[index]
    }
  }

  private var name: String {
    switch self {
    case .paper: "paper"
    case .text: "text"
    case .faint: "faint"
    case .rule: "rule"
    case .series: "s\(index)"
    }
  }

  var fillClass: String { name }
  var strokeClass: String { name + "-line" }

  private static let all: [Ink] =
    [.paper, .text, .faint, .rule] + (0..<seriesCount).map { .series($0) }

  /// The style sheet of figures: custom properties for both color schemes, and classes that use them.
  ///
  /// Print is light.
  package static let styleSheet: String = {
    func properties(_ color: (Ink) -> String) -> String {
      all.map { "--\($0.name):\(color($0))" }.joined(separator: ";")
    }
    return ":root{\(properties(\.color))}\n"
      + "@media screen and (prefers-color-scheme:dark){:root{\(properties(\.darkColor))}}\n"
      + all.map {
        ".figure .\($0.fillClass){fill:var(--\($0.name))}"
          + ".figure .\($0.strokeClass){stroke:var(--\($0.name))}\n"
      }.joined() + ".figure .halo{stroke:var(--paper)}\n"
  }()
}

/// The look of a row in all figures of a report: color, dash and marker follow from its place.
package struct Series: Equatable, Sendable {
  package var place: Int

  package init(_ place: Int) { self.place = place }

  package var ink: Ink { .series(place) }

  /// Rows whose colors repeat differ in dash.
  package var dash: String {
    let dashes = ["", "7 3", "2 2.5", "9 3 2 3", "14 3", "5 2", "1 3", "9 3 2 3 2 3"]
    return dashes[(place + place / dashes.count) % dashes.count]
  }

  /// Rows whose colors repeat differ in marker.
  package var marker: Marker {
    let markers = Marker.allCases
    return markers[(place + place / markers.count) % markers.count]
  }
}

/// The shape of a mark.
package enum Marker: CaseIterable, Sendable {
  case circle, square, triangle, diamond, cross, triangleDown, ring, plus

  /// Whether the shape is a line, not a filled area.
  var isOpen: Bool { [.cross, .ring, .plus].contains(self) }

  /// Returns the shape around the origin as an SVG path, without decimals beyond the first.
  func path(radius r: Double) -> String {
    func shape(_ commands: [(String, Double, Double)], closes: Bool = true) -> String {
      commands.map { "\($0.0)\(short($0.1 * r)) \(short($0.2 * r))" }.joined()
        + (closes ? "z" : "")
    }
    switch self {
    case .circle, .ring:
      let r = short(self == .ring ? 0.9 * r : r)
      return "M-\(r) 0a\(r) \(r) 0 1 0 \(short(2 * (Double(r) ?? 0))) 0"
        + "a\(r) \(r) 0 1 0 -\(short(2 * (Double(r) ?? 0))) 0z"
    case .square:
      return shape([("M", -0.9, -0.9), ("L", 0.9, -0.9), ("L", 0.9, 0.9), ("L", -0.9, 0.9)])
    case .triangle: return shape([("M", 0, -1.2), ("L", 1.1, 0.8), ("L", -1.1, 0.8)])
    case .triangleDown: return shape([("M", 0, 1.2), ("L", 1.1, -0.8), ("L", -1.1, -0.8)])
    case .diamond: return shape([("M", 0, -1.3), ("L", 1.1, 0), ("L", 0, 1.3), ("L", -1.1, 0)])
    case .cross:
      return shape(
        [("M", -0.8, -0.8), ("L", 0.8, 0.8), ("M", 0.8, -0.8), ("L", -0.8, 0.8)], closes: false)
    case .plus:
      return shape([("M", 0, -1.1), ("L", 0, 1.1), ("M", -1.1, 0), ("L", 1.1, 0)], closes: false)
    }
  }

  private func short(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths.isMultiple(of: 10) ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
  }
}
