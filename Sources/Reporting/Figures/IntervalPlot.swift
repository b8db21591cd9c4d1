/// Values with intervals, row under row within groups, against the best that can be reached.
package struct IntervalPlot: Figure {
  /// What is measured in one place, such as a scenario.
  package struct Group: Equatable, Sendable {
    package var label: String
    /// Whether the label names a scenario, by which a page selects.
    package var isScenario: Bool
    package var marks: [Mark]
    /// The best reachable value; nil if it is not known.
    package var ceiling: Double?

    package init(label: String, isScenario: Bool = false, marks: [Mark], ceiling: Double? = nil) {
      self.label = label
      self.isScenario = isScenario
      self.marks = marks
      self.ceiling = ceiling
    }
  }

  /// A value of a row, with the ends of its interval.
  package struct Mark: Equatable, Sendable {
    /// The place of the row among ``IntervalPlot/rows``.
    package var row: Int
    package var value: Double
    /// Nil if the value has no interval.
    package var interval: ClosedRange<Double>?

    package init(row: Int, value: Double, interval: ClosedRange<Double>?) {
      self.row = row
      self.value = value
      self.interval = interval
    }
  }

  package var title: String
  package var valueLabel: String
  /// The labels of the rows.
  package var rows: [String]
  package var groups: [Group]

  package init(title: String, valueLabel: String, rows: [String], groups: [Group]) {
    self.title = title
    self.valueLabel = valueLabel
    self.rows = rows
    self.groups = groups
  }

  package var alternative: String {
    "Dot plot of \(valueLabel) with intervals for \(rows.joined(separator: ", ")) in "
      + groups.map(\.label).joined(separator: ", ") + "."
  }

  package var data: [[String]] {
    [["group", "row", "value", "low", "high", "ceiling"]]
      + groups.flatMap { group in
        group.marks.map { mark in
          [
            group.label, rows[mark.row], "\(mark.value)", dataText(mark.interval?.lowerBound),
            dataText(mark.interval?.upperBound), dataText(group.ceiling),
          ]
        }
      }
  }

  private static let step = 11.0

  package func drawing() -> Drawing? {
    let marks = groups.flatMap(\.marks)
    let values =
      marks.flatMap {
        [$0.value, $0.interval?.lowerBound, $0.interval?.upperBound].compactMap { $0 }
      }
      + groups.compactMap(\.ceiling)
    guard !marks.isEmpty, let low = values.min(), let high = values.max() else { return nil }
    let groupHeight = Self.step * Double(rows.count) + 12
    let labels = groups.map { textWidth($0.label) }.max() ?? 0
    let left = min(210, labels + 24)
    let width = PlotFrame.imageWidth - left - 28
    let (top, height) = (40.0, groupHeight * Double(groups.count))
    let axis = Axis.linear(from: low, to: high)
    func place(_ value: Double) -> Double { left + width * axis.share(value) }
    let hasCeiling = groups.contains { $0.ceiling != nil }
    let legend = Legend(
      rows.enumerated().map { .init(series: Series($0), label: $1) }
        + (hasCeiling ? [.init(series: nil, label: "best reachable")] : []))
    var drawing = canvas(height: top + height + 54 + legend.height)
    for tick in axis.ticks {
      let x = place(tick.value)
      drawing.line(through: [Point(x, top), Point(x, top + height)], ink: .rule)
      drawing.text(tick.label, at: Point(x, top + height + 18), anchor: .middle, ink: .faint)
    }
    for (index, group) in groups.enumerated() {
      let begin = top + groupHeight * Double(index)
      drawing.line(through: [Point(left, begin), Point(left + width, begin)], ink: .rule)
      drawing.group(scenario: group.isScenario ? group.label : nil) { drawing in
        drawing.text(
          fitted(group.label, to: left - 16), at: Point(left - 10, begin + groupHeight / 2 + 4),
          anchor: .end)
        if let ceiling = group.ceiling {
          let x = place(ceiling)
          drawing.line(
            through: [Point(x, begin + 3), Point(x, begin + groupHeight - 3)], ink: .text, width: 2,
            tip: "\(group.label), best reachable: \(tipNumber(ceiling))")
        }
        for mark in group.marks {
          let y = begin + 6 + Self.step * (Double(mark.row) + 0.5)
          draw(mark, in: group, y: y, place, &drawing)
        }
      }
    }
    drawing.line(
      through: [
        Point(left, top), Point(left, top + height), Point(left + width, top + height),
      ], ink: .text)
    drawing.text(
      fitted(valueLabel, to: width), at: Point(left + width / 2, top + height + 38),
      anchor: .middle)
    legend.draw(in: &drawing, top: top + height + 48)
    return drawing
  }

  private func draw(
    _ mark: Mark, in group: Group, y: Double, _ place: (Double) -> Double,
    _ drawing: inout Drawing
  ) {
    let series = Series(mark.row)
    let interval =
      mark.interval.map { ", \(tipNumber($0.lowerBound)) to \(tipNumber($0.upperBound))" } ?? ""
    drawing.group(row: rows[mark.row]) { drawing in
      if let interval = mark.interval {
        drawing.line(
          through: [Point(place(interval.lowerBound), y), Point(place(interval.upperBound), y)],
          ink: series.ink, width: 1.75)
      }
      drawing.marker(
        series, at: Point(place(mark.value), y),
        tip: "\(rows[mark.row]), \(group.label): \(tipNumber(mark.value))\(interval)")
    }
  }
}
