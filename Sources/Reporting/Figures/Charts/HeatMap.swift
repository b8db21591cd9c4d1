import Configuration

/// A matrix of numbers as shaded cells that show their values: the selection of experts by scenario, a
/// grid of settings, differences by scenario, a seesaw matrix.
package struct HeatMap: Figure {
  /// What shading means.
  package enum Scale: Equatable, Sendable {
    /// From no shade at the first bound to the full shade at the second.
    case sequential(ClosedRange<Double>)
    /// Two hues for better and worse than 0: no shade at 0, full shade at the bound on either side.
    case diverging(bound: Double, higherIsBetter: Bool)
  }

  /// Where scenarios stand.
  package enum ScenarioAxis: Sendable { case rows, columns, none }

  package var title: String
  package var rowLabel: String
  package var columnLabel: String
  package var rows: [String]
  package var columns: [String]
  /// The values by row and column; nil for a cell without a value.
  package var values: [[Double?]]
  package var scale: Scale
  /// The decimals of shown values.
  package var digits: Int
  /// Which names are those of scenarios, by which a page selects; the others are those of rows.
  package var scenarios: ScenarioAxis
  /// Second lines of cells, such as intervals, by row and column; empty for none.
  package var details: [[String?]] = []

  package init(
    title: String, rowLabel: String, columnLabel: String, rows: [String], columns: [String],
    values: [[Double?]], scale: Scale, digits: Int, scenarios: ScenarioAxis = .none
  ) {
    self.title = title
    self.rowLabel = rowLabel
    self.columnLabel = columnLabel
    self.rows = rows
    self.columns = columns
    self.values = values
    self.scale = scale
    self.digits = digits
    self.scenarios = scenarios
  }

  package var alternative: String {
    "Heat map of \(title), with \(counted(rows.count, "row")) (\(rowLabel)) and "
      + "\(counted(columns.count, "column")) (\(columnLabel))."
  }

  package var data: [[String]] {
    [[rowLabel, columnLabel, "value"] + (details.isEmpty ? [] : ["detail"])]
      + rows.indices.flatMap { row in
        columns.indices.map { column in
          [rows[row], columns[column], dataText(values[row][column])]
            + (details.isEmpty ? [] : [details[row][column] ?? ""])
        }
      }
  }

  private var cellHeight: Double { details.isEmpty ? 28 : 40 }

  package func drawing() -> Drawing? {
    guard values.contains(where: { $0.contains { $0 != nil } }) else { return nil }
    // Few columns leave room for long names of rows.
    let leftLimit = max(230, PlotFrame.imageWidth - 124 - 56 * Double(columns.count))
    let left = min(leftLimit, (rows.map { textWidth($0) }.max() ?? 0) + 40)
    var room = PlotFrame.imageWidth - left - 16
    var cell = min(details.isEmpty ? 90 : 104, room / Double(max(1, columns.count)))
    // Labels of narrow columns are turned, and the last one needs room to its right.
    let widest = min(150, columns.map { textWidth($0) }.max() ?? 0)
    let isTurned = widest > cell - 6
    if isTurned {
      room -= max(0, widest * 0.72 - cell / 2)
      cell = min(cell, room / Double(max(1, columns.count)))
    }
    let top = 46 + (isTurned ? widest * 0.72 + 16 : 22)
    let bottom = top + cellHeight * Double(rows.count)
    var drawing = canvas(height: bottom + 44)
    let width = cell * Double(columns.count)
    if textWidth(rowLabel, size: 11) <= bottom - top + 30 {
      drawing.text(
        rowLabel, at: Point(16, (top + bottom) / 2), size: 11, anchor: .middle, ink: .faint,
        rotation: -90)
    } else {
      // Beside few rows there is no room for it.
      drawing.text(fitted(rowLabel, to: room, size: 11), at: Point(16, 44), size: 11, ink: .faint)
    }
    for (index, column) in columns.enumerated() {
      let x = left + cell * (Double(index) + 0.5)
      drawing.group(
        row: scenarios == .rows ? column : nil, scenario: scenarios == .columns ? column : nil
      ) {
        $0.text(
          fitted(column, to: isTurned ? 150 : cell), at: Point(x + (isTurned ? 3 : 0), top - 8),
          anchor: isTurned ? .start : .middle, rotation: isTurned ? -45 : 0)
      }
    }
    let isNarrow = cell < textWidth("-0.\(String(repeating: "0", count: digits))", size: 11) + 4
    for (index, row) in rows.enumerated() {
      let y = top + cellHeight * Double(index)
      drawing.group(
        row: scenarios == .columns ? row : nil, scenario: scenarios == .rows ? row : nil
      ) { drawing in
        drawing.text(
          fitted(row, to: left - 38), at: Point(left - 8, y + cellHeight / 2 + 4),
          anchor: .end)
        for (place, value) in values[index].enumerated() {
          let corner = Point(left + cell * Double(place), y)
          drawing.group(
            row: scenarios == .rows ? columns[place] : nil,
            scenario: scenarios == .columns ? columns[place] : nil
          ) {
            draw(
              value, details.isEmpty ? nil : details[index][place], at: corner, width: cell,
              isNarrow: isNarrow, name: "\(row), \(columns[place])", in: &$0)
          }
        }
      }
    }
    let label = fitted(columnLabel, to: PlotFrame.imageWidth - 32)
    let half = textWidth(label) / 2
    let middle = max(16 + half, min(left + width / 2, PlotFrame.imageWidth - 16 - half))
    drawing.text(label, at: Point(middle, bottom + 20), anchor: .middle, ink: .faint)
    drawing.text(key, at: Point(left, bottom + 38), size: 11, ink: .faint)
    return drawing
  }

  private func draw(
    _ value: Double?, _ detail: String?, at corner: Point, width: Double, isNarrow: Bool,
    name: String, in drawing: inout Drawing
  ) {
    let end = Point(corner.x + width - 2, corner.y + cellHeight - 2)
    guard let value, value.isFinite else {
      drawing.rectangle(
        from: corner, to: end, ink: .rule, opacity: 0.15, tip: "\(name): no value")
      drawing.text(
        "–", at: Point((corner.x + end.x) / 2, end.y - 9), size: 11, anchor: .middle, ink: .faint)
      return
    }
    drawing.rectangle(from: corner, to: end, ink: .rule, opacity: 0.35)
    drawing.rectangle(
      from: corner, to: end, ink: .series(isWorse(value) ? 1 : 0),
      opacity: shade(value),
      tip: "\(name): \(signed(value, digits: digits + 2))" + (detail.map { ", \($0)" } ?? ""))
    guard !isNarrow else { return }
    let middle = (corner.x + end.x) / 2
    drawing.text(
      signed(value, digits: digits), at: Point(middle, end.y - (detail == nil ? 9 : 22)), size: 11,
      anchor: .middle)
    if let detail {
      // Without the zeros before decimal points, an interval fits.
      let short = detail.replacing(#/(^|[ -])0\./#) { "\($0.1)." }
      let size = textWidth(short, size: 9) <= width - 4 ? 9.0 : 8
      drawing.text(
        fitted(short, to: width - 3, size: size), at: Point(middle, end.y - 8), size: size,
        anchor: .middle)
    }
  }

  private var isDiverging: Bool { if case .diverging = scale { true } else { false } }

  private func isWorse(_ value: Double) -> Bool {
    guard case .diverging(_, let higherIsBetter) = scale else { return false }
    return value != 0 && (value < 0) == higherIsBetter
  }

  /// Returns the opacity of a value, at most 0.5 so that text on it has a contrast of 4.5 to 1.
  private func shade(_ value: Double) -> Double {
    let share =
      switch scale {
      case .sequential(let bounds):
        (value - bounds.lowerBound)
          / max(bounds.upperBound - bounds.lowerBound, .leastNormalMagnitude)
      case .diverging(let bound, _): abs(value) / max(bound, .leastNormalMagnitude)
      }
    return 0.5 * max(0, min(1, share))
  }

  private func signed(_ value: Double, digits: Int) -> String {
    (isDiverging && value > 0 ? "+" : "") + fixed(value, digits: digits)
  }

  private var key: String {
    switch scale {
    case .sequential(let bounds):
      "shade: \(fixed(bounds.lowerBound, digits: digits)) none, "
        + "\(fixed(bounds.upperBound, digits: digits)) full"
    case .diverging(let bound, let higherIsBetter):
      "shade: 0 none, \(fixed(bound, digits: digits)) full; blue: better "
        + "(\(higherIsBetter ? "higher" : "lower")), orange: worse"
    }
  }
}
