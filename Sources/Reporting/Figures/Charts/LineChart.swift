/// Lines with bands over common axes.
package struct LineChart: Figure {
  /// One line.
  package struct Line: Equatable, Sendable {
    package var label: String
    /// The points, from left to right.
    package var points: [Point]
    /// The place of the row, which determines its look; nil for the place of the line.
    package var place: Int?

    package init(label: String, points: [Point], place: Int? = nil) {
      self.label = label
      self.points = points
      self.place = place
    }
  }

  /// A point of a line, with the ends of its band.
  package struct Point: Equatable, Sendable {
    package var x: Double
    package var y: Double
    package var low: Double
    package var high: Double

    package init(x: Double, y: Double, low: Double, high: Double) {
      self.x = x
      self.y = y
      self.low = low
      self.high = high
    }
  }

  /// How a line goes from point to point.
  package enum Shape: Sendable {
    /// Straight, with a marker at every point.
    case straight
    /// Level up to the next point, as a share that changes at its points does.
    case steps
  }

  package var title: String
  package var xLabel: String
  package var yLabel: String
  package var lines: [Line]
  package var shape = Shape.straight
  /// Whether x is shown in powers; then all x are positive.
  package var isLogarithmic = false
  /// The least range of y that is shown.
  package var yRange: ClosedRange<Double>?

  package init(
    title: String, xLabel: String, yLabel: String, lines: [Line], shape: Shape = .straight,
    isLogarithmic: Bool = false, yRange: ClosedRange<Double>? = nil
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.lines = lines
    self.shape = shape
    self.isLogarithmic = isLogarithmic
    self.yRange = yRange
  }

  package var alternative: String {
    "Line chart of \(yLabel) against \(xLabel) for "
      + lines.map(\.label).joined(separator: ", ") + "."
  }

  package var data: [[String]] {
    [["line", xLabel, yLabel, "low", "high"]]
      + lines.flatMap { line in
        line.points.map { [line.label] + [$0.x, $0.y, $0.low, $0.high].map { "\($0)" } }
      }
  }

  package func drawing() -> Drawing? {
    let points = lines.flatMap(\.points)
    guard let first = points.first else { return nil }
    let (from, to) = points.reduce((first.x, first.x)) { (min($0.0, $1.x), max($0.1, $1.x)) }
    let isLogarithmic = isLogarithmic && from > 0
    let frame = PlotFrame(
      x: isLogarithmic
        ? .logarithmic(from: from, to: to)
        : .linear(from: shape == .steps ? from : min(0, from), to: to),
      y: .linear(
        from: min(points.map(\.low).min() ?? 0, yRange?.lowerBound ?? .infinity),
        to: max(points.map(\.high).max() ?? 1, yRange?.upperBound ?? -.infinity)))
    let legend = Legend(
      lines.enumerated().map {
        .init(
          series: Series($1.place ?? $0), label: $1.label, isLine: true,
          hasMarker: shape == .straight)
      })
    var drawing = canvas(height: frame.bottom + 54 + legend.height)
    frame.draw(in: &drawing, xLabel: xLabel, yLabel: yLabel)
    for (index, line) in lines.enumerated() {
      drawing.group(row: line.label) { draw(line, Series(line.place ?? index), frame, in: &$0) }
    }
    legend.draw(in: &drawing, top: frame.bottom + 48)
    return drawing
  }

  private func draw(
    _ line: Line, _ series: Series, _ frame: PlotFrame, in drawing: inout Drawing
  ) {
    func places(_ y: (Point) -> Double) -> [Reporting.Point] {
      line.points.enumerated().flatMap { index, point in
        let place = frame.place(point.x, y(point))
        guard shape == .steps, index > 0 else { return [place] }
        return [Reporting.Point(place.x, frame.vertical(y(line.points[index - 1]))), place]
      }
    }
    if line.points.count > 1 {
      drawing.polygon(
        places(\.high) + places(\.low).reversed(), ink: series.ink, opacity: 0.15)
    }
    drawing.line(through: places(\.y), ink: series.ink, width: 1.75, dash: series.dash)
    guard shape == .straight else { return }
    for point in line.points {
      drawing.marker(
        series, at: frame.place(point.x, point.y), radius: 3.2,
        tip: "\(line.label), \(xLabel) \(tipNumber(point.x)): \(tipNumber(point.y)) "
          + "(\(tipNumber(point.low)) to \(tipNumber(point.high)))")
    }
  }
}
