/// Values with intervals, row under row within groups, against the best that can be reached.
///
/// Up to ten rows are told apart by color and marker within groups on a common axis. More rows have their labels
/// beside them, and every group is a panel with an axis of its own.
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

  package func drawing() -> Drawing? {
    guard groups.contains(where: { !$0.marks.isEmpty }) else { return nil }
    return rows.count > 10 ? panels() : bands()
  }

  private var hasCeiling: Bool { groups.contains { $0.ceiling != nil } }

  private static func range(of groups: some Sequence<Group>) -> (low: Double, high: Double) {
    let values = groups.flatMap { group in
      group.marks.flatMap { [$0.value, $0.interval?.lowerBound, $0.interval?.upperBound] }
        + [group.ceiling]
    }.compactMap { $0 }
    return (values.min() ?? 0, values.max() ?? 1)
  }

  // MARK: - Groups below each other on a common axis

  private static let step = 11.0

  private func bands() -> Drawing {
    let groupHeight = Self.step * Double(rows.count) + 12
    let labels = groups.map { textWidth($0.label) }.max() ?? 0
    let left = min(210, labels + 24)
    let width = PlotFrame.imageWidth - left - 28
    let (top, height) = (40.0, groupHeight * Double(groups.count))
    let range = Self.range(of: groups)
    let axis = Axis.linear(from: range.low, to: range.high)
    func place(_ value: Double) -> Double { left + width * axis.share(value) }
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
        drawCeiling(of: group, from: begin + 3, to: begin + groupHeight - 3, place, &drawing)
        for mark in group.marks {
          let y = begin + 6 + Self.step * (Double(mark.row) + 0.5)
          draw(mark, as: Series(mark.row), in: group, y: y, place, &drawing)
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

  // MARK: - Labeled rows, a panel per group

  private static let labeledStep = 15.0
  private static let gap = 20.0

  private func panels() -> Drawing {
    let left = min(220, (rows.map { textWidth($0) }.max() ?? 0) + 24)
    let right = PlotFrame.imageWidth - 20
    func width(ofPanels count: Int) -> Double {
      (right - left - Self.gap * Double(count - 1)) / Double(count)
    }
    // Headings are bold, a tenth wider.
    let heading = 1.1 * (groups.map { textWidth($0.label) }.max() ?? 0)
    let most = min(4, groups.count)
    let fitting = (2...max(2, most)).last { width(ofPanels: $0) >= heading } ?? 2
    let lineCount = (groups.count + fitting - 1) / fitting
    let perLine = (groups.count + lineCount - 1) / lineCount
    let width = width(ofPanels: perLine)
    let height = Self.labeledStep * Double(rows.count) + 8
    let legend = Legend(hasCeiling ? [.init(series: nil, label: "best reachable")] : [])
    let (top, lineHeight) = (38.0, height + 52)
    let bottom = top + lineHeight * Double(lineCount)
    var drawing = canvas(height: bottom + 18 + legend.height)
    for line in 0..<lineCount {
      let begin = top + lineHeight * Double(line) + 20
      let places = (line * perLine)..<min((line + 1) * perLine, groups.count)
      func y(_ row: Int) -> Double { begin + 4 + Self.labeledStep * (Double(row) + 0.5) }
      for (row, label) in rows.enumerated() {
        drawing.group(row: label) { drawing in
          drawing.text(
            fitted(label, to: left - 16), at: Point(left - 8, y(row) + 4), anchor: .end)
        }
      }
      for (column, group) in groups[places].enumerated() {
        let x = left + (width + Self.gap) * Double(column)
        let range = Self.range(of: [group])
        let axis = Axis.linear(from: range.low, to: range.high, count: width / 48, isTight: true)
        func place(_ value: Double) -> Double { x + width * axis.share(value) }
        drawing.group(scenario: group.isScenario ? group.label : nil) { drawing in
          drawing.text(
            fitted(group.label, to: width), at: Point(x + width / 2, begin - 7), anchor: .middle,
            isBold: true)
          for row in rows.indices {
            drawing.line(through: [Point(x, y(row)), Point(x + width, y(row))], ink: .rule)
          }
          for tick in axis.ticks {
            let at = place(tick.value)
            drawing.line(
              through: [Point(at, begin + height), Point(at, begin + height + 4)], ink: .text)
            drawing.text(
              tick.label, at: Point(at, begin + height + 17), size: 11, anchor: .middle, ink: .faint
            )
          }
          drawing.line(
            through: [Point(x, begin), Point(x, begin + height), Point(x + width, begin + height)],
            ink: .text)
          drawCeiling(of: group, from: begin, to: begin + height, place, &drawing)
          for mark in group.marks {
            draw(mark, as: Series(0), in: group, y: y(mark.row), place, &drawing)
          }
        }
      }
    }
    drawing.text(
      fitted(valueLabel, to: right - left), at: Point((left + right) / 2, bottom + 6),
      anchor: .middle)
    legend.draw(in: &drawing, top: bottom + 14)
    return drawing
  }

  // MARK: - Marks

  private func drawCeiling(
    of group: Group, from top: Double, to bottom: Double, _ place: (Double) -> Double,
    _ drawing: inout Drawing
  ) {
    guard let ceiling = group.ceiling else { return }
    drawing.line(
      through: [Point(place(ceiling), top), Point(place(ceiling), bottom)], ink: .text, width: 2,
      tip: "\(group.label), best reachable: \(tipNumber(ceiling))")
  }

  private func draw(
    _ mark: Mark, as series: Series, in group: Group, y: Double, _ place: (Double) -> Double,
    _ drawing: inout Drawing
  ) {
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
