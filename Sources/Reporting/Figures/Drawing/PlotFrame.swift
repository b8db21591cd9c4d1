/// The frame of a chart with two axes: grid, labels, and the places of values.
struct PlotFrame {
  /// The width of all images.
  static let imageWidth = 640.0

  let x: Axis
  let y: Axis
  let left: Double
  let top: Double
  let width: Double
  let height: Double

  /// Creates a frame below the title of an image, as wide as it allows.
  ///
  /// - Parameter top: Where the plot begins.
  init(x: Axis, y: Axis, top: Double = 40, height: Double = 300) {
    self.x = x
    self.y = y
    let labels = y.ticks.map { textWidth($0.label) }.max() ?? 0
    left = min(160, 40 + labels)
    width = Self.imageWidth - left - 24
    self.top = top
    self.height = height
  }

  var bottom: Double { top + height }
  var right: Double { left + width }

  /// Returns the place of a pair of values.
  func place(_ x: Double, _ y: Double) -> Point { Point(horizontal(x), vertical(y)) }

  func horizontal(_ value: Double) -> Double { left + width * x.share(value) }

  func vertical(_ value: Double) -> Double { top + height * (1 - y.share(value)) }

  /// Draws grid, tick labels, axes and their names; the names end 44 pixels below the plot.
  func draw(in drawing: inout Drawing, xLabel: String, yLabel: String) {
    for tick in y.ticks {
      let at = vertical(tick.value)
      drawing.line(through: [Point(left, at), Point(right, at)], ink: .rule)
      drawing.text(tick.label, at: Point(left - 8, at + 4), anchor: .end, ink: .faint)
    }
    for tick in x.ticks {
      let at = horizontal(tick.value)
      drawing.line(through: [Point(at, bottom), Point(at, bottom + 4)], ink: .text)
      drawing.text(tick.label, at: Point(at, bottom + 18), anchor: .middle, ink: .faint)
    }
    drawing.line(
      through: [Point(left, top), Point(left, bottom), Point(right, bottom)], ink: .text)
    drawing.text(
      fitted(xLabel, to: width), at: Point(left + width / 2, bottom + 38), anchor: .middle)
    drawing.text(
      fitted(yLabel, to: height + 40), at: Point(18, top + height / 2), anchor: .middle,
      rotation: -90)
  }
}

/// The key of a chart: lines of marks with labels below the plot.
struct Legend {
  /// An entry: a row's look and label; an entry without a look has the mark of a ceiling.
  struct Entry {
    var series: Series?
    var label: String
    /// Whether the row is a line.
    var isLine = false
    /// Whether the row has markers.
    var hasMarker = true
  }

  private let placed: [(entry: Entry, label: String, place: Point)]
  /// The height of all lines of the legend.
  let height: Double

  /// Lays the entries out in lines of the given width.
  init(_ entries: [Entry], left: Double = 24, width: Double = PlotFrame.imageWidth - 36) {
    var placed: [(Entry, String, Point)] = []
    var at = Point(left, 0)
    for entry in entries {
      let label = fitted(entry.label, to: width - 40)
      let needed = 34 + textWidth(label) + 18
      if at.x > left, at.x + needed > left + width { at = Point(left, at.y + 20) }
      placed.append((entry, label, at))
      at.x += needed
    }
    self.placed = placed
    height = entries.isEmpty ? 0 : at.y + 20
  }

  /// Draws the legend below a height.
  func draw(in drawing: inout Drawing, top: Double) {
    for (entry, label, place) in placed {
      let (x, y) = (place.x, top + place.y + 8)
      drawing.group(row: entry.series == nil ? nil : entry.label) { drawing in
        if let series = entry.series {
          if entry.isLine {
            drawing.line(
              through: [Point(x, y), Point(x + 26, y)], ink: series.ink, width: 2, dash: series.dash
            )
          }
          if entry.hasMarker { drawing.marker(series, at: Point(x + 13, y)) }
        } else {
          drawing.line(through: [Point(x + 13, y - 7), Point(x + 13, y + 7)], ink: .text, width: 2)
        }
        drawing.text(label, at: Point(x + 32, y + 4))
      }
    }
  }
}
