import Configuration
import Foundation

/// Lines with bands over common axes, as SVG.
///
/// The text is a pure function of the numbers: coordinates have two decimals, and colors and dashes
/// follow the order of the lines. The palette is that of Okabe and Ito (2008), which is
/// distinguishable with any color vision; lines beyond the eighth reuse the colors with dashes.
struct LineChart: Equatable, Sendable {
  /// One line.
  struct Line: Equatable, Sendable {
    var label: String
    /// The points, from left to right.
    var points: [Point]
  }

  /// A point of a line, with the ends of its band.
  struct Point: Equatable, Sendable {
    var x: Double
    var y: Double
    var low: Double
    var high: Double
  }

  var title: String
  var xLabel: String
  var yLabel: String
  var lines: [Line]

  private static let colors = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999",
  ]
  private static let (width, left, top, plotWidth, plotHeight) = (840.0, 72.0, 40.0, 460.0, 300.0)

  /// The SVG image; nil if no line has a point.
  var svg: String? {
    let points = lines.flatMap(\.points)
    guard let first = points.first else { return nil }
    let x = Axis(from: min(0, first.x), to: points.map(\.x).max() ?? 1)
    let y = Axis(from: points.map(\.low).min() ?? 0, to: points.map(\.high).max() ?? 1)
    let height = max(Self.top + Self.plotHeight + 56, Self.top + 20 * Double(lines.count) + 20)
    var parts = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Self.number(Self.width)) "
        + "\(Self.number(height))\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">",
      "<title>\(Self.escaped(title))</title>",
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
      Self.text(title, x: Self.left, y: 22, "font-size=\"14\" font-weight=\"bold\""),
    ]
    for tick in x.ticks {
      let at = Self.place(x, tick)
      parts.append(
        Self.text(
          x.label(tick), x: at, y: Self.top + Self.plotHeight + 18, "text-anchor=\"middle\"")
      )
    }
    for tick in y.ticks {
      let at = Self.height(y, tick)
      parts.append(
        "<path d=\"M\(Self.number(Self.left)) \(Self.number(at))h\(Self.number(Self.plotWidth))\" "
          + "stroke=\"#dddddd\"/>")
      parts.append(Self.text(y.label(tick), x: Self.left - 8, y: at + 4, "text-anchor=\"end\""))
    }
    for (index, line) in lines.enumerated() { parts += drawn(line, index, x, y) }
    let bottom = Self.top + Self.plotHeight
    parts.append(
      "<path d=\"M\(Self.number(Self.left)) \(Self.number(Self.top))V\(Self.number(bottom))"
        + "h\(Self.number(Self.plotWidth))\" fill=\"none\" stroke=\"#333333\"/>")
    parts.append(
      Self.text(xLabel, x: Self.left + Self.plotWidth / 2, y: bottom + 40, "text-anchor=\"middle\"")
    )
    parts.append(
      Self.text(
        yLabel, x: 0, y: 0,
        "text-anchor=\"middle\" transform=\"translate(16 \(Self.number(Self.top + Self.plotHeight / 2))) "
          + "rotate(-90)\""))
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }

  private func drawn(_ line: Line, _ index: Int, _ x: Axis, _ y: Axis) -> [String] {
    let color = Self.colors[index % Self.colors.count]
    let dash = index < Self.colors.count ? "" : " stroke-dasharray=\"6 3\""
    func path(_ points: [(Double, Double)]) -> String {
      points.map { "\(Self.number(Self.place(x, $0.0))),\(Self.number(Self.height(y, $0.1)))" }
        .joined(separator: " ")
    }
    let at = Self.top + 20 * Double(index) + 8
    let begin = Self.left + Self.plotWidth + 20
    var parts: [String] = []
    if line.points.count > 1 {
      let band = line.points.map { ($0.x, $0.high) } + line.points.reversed().map { ($0.x, $0.low) }
      parts.append(
        "<polygon points=\"\(path(band))\" fill=\"\(color)\" fill-opacity=\"0.15\"/>")
    }
    for point in line.points {
      parts.append(
        "<circle cx=\"\(Self.number(Self.place(x, point.x)))\" cy=\"\(Self.number(Self.height(y, point.y)))\" "
          + "r=\"2.5\" fill=\"\(color)\"/>")
    }
    parts.append(
      "<polyline points=\"\(path(line.points.map { ($0.x, $0.y) }))\" fill=\"none\" stroke=\"\(color)\" "
        + "stroke-width=\"1.5\"\(dash)/>")
    parts.append(
      "<path d=\"M\(Self.number(begin)) \(Self.number(at))h24\" stroke=\"\(color)\" stroke-width=\"2\"\(dash)/>"
    )
    let label = line.label.count > 38 ? line.label.prefix(37) + "…" : line.label
    parts.append(Self.text(label, x: begin + 32, y: at + 4))
    return parts
  }

  private static func place(_ axis: Axis, _ value: Double) -> Double {
    left + plotWidth * axis.share(value)
  }

  private static func height(_ axis: Axis, _ value: Double) -> Double {
    top + plotHeight * (1 - axis.share(value))
  }

  private static func text(
    _ text: String, x: Double, y: Double, _ attributes: String = ""
  ) -> String {
    let more = attributes.isEmpty ? "" : " " + attributes
    return "<text x=\"\(number(x))\" y=\"\(number(y))\"\(more)>\(escaped(text))</text>"
  }

  private static func number(_ value: Double) -> String { fixed(value, digits: 2) }

  private static func escaped(_ text: String) -> String {
    visibleText(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
  }
}

/// An axis whose ticks are multiples of 1, 2 or 5 times a power of ten.
private struct Axis {
  let low: Double
  let high: Double
  let ticks: [Double]
  private let digits: Int

  init(from low: Double, to high: Double) {
    let span = min(max(high - low, 1e-9 * max(1, abs(high))), .greatestFiniteMagnitude)
    let rough = span / 5
    let power = pow(10, floor(log10(rough)))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? rough
    let first = Int((low / step).rounded(.down))
    let last = max(first + 1, Int((high / step).rounded(.up)))
    ticks = (first...last).map { Double($0) * step }.filter(\.isFinite)
    self.low = max(Double(first) * step, -.greatestFiniteMagnitude)
    self.high = min(Double(last) * step, .greatestFiniteMagnitude)
    digits = max(0, -Int(floor(log10(step) + 1e-9)))
  }

  /// Returns the position of a value between the low end, 0, and the high end, 1; halving avoids
  /// overflow.
  func share(_ value: Double) -> Double { (value / 2 - low / 2) / (high / 2 - low / 2) }

  func label(_ tick: Double) -> String {
    abs(tick) < 1e15 ? fixed(tick, digits: digits) : "\(tick)"
  }
}
