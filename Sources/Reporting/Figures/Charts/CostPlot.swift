/// Quality against cost: rows that no other row dominates are on the front.
package struct CostPlot: Figure {
  /// A row.
  package struct Mark: Equatable, Sendable {
    package var label: String
    /// The cost: the less, the better.
    package var cost: Double
    package var quality: Double
    /// The interval of the quality; nil if it has none.
    package var interval: ClosedRange<Double>?
    /// The place of the row, which determines its look; nil for the place of the mark.
    package var place: Int?

    package init(
      label: String, cost: Double, quality: Double, interval: ClosedRange<Double>?,
      place: Int? = nil
    ) {
      self.label = label
      self.cost = cost
      self.quality = quality
      self.interval = interval
      self.place = place
    }
  }

  package var title: String
  package var costLabel: String
  package var qualityLabel: String
  package var higherIsBetter: Bool
  package var marks: [Mark]

  package init(
    title: String, costLabel: String, qualityLabel: String, higherIsBetter: Bool, marks: [Mark]
  ) {
    self.title = title
    self.costLabel = costLabel
    self.qualityLabel = qualityLabel
    self.higherIsBetter = higherIsBetter
    self.marks = marks
  }

  package var alternative: String {
    "Scatter plot of \(qualityLabel) against \(costLabel) for "
      + marks.map(\.label).joined(separator: ", ")
      + ". No other row is better at no greater cost than "
      + front.map { marks[$0].label }.joined(separator: ", ") + "."
  }

  package var data: [[String]] {
    let front = Set(front)
    return [["row", costLabel, qualityLabel, "low", "high", "front"]]
      + marks.enumerated().map { index, mark in
        [
          mark.label, "\(mark.cost)", "\(mark.quality)", dataText(mark.interval?.lowerBound),
          dataText(mark.interval?.upperBound), front.contains(index) ? "yes" : "no",
        ]
      }
  }

  /// The places of the rows of which no other is at least as good at no greater cost and better in
  /// one of the two, the cheapest first.
  package var front: [Int] {
    func isAtLeastAsGood(_ a: Mark, as b: Mark) -> Bool {
      a.cost <= b.cost && (higherIsBetter ? a.quality >= b.quality : a.quality <= b.quality)
    }
    return marks.indices.filter { index in
      !marks.contains { other in
        isAtLeastAsGood(other, as: marks[index]) && !isAtLeastAsGood(marks[index], as: other)
      }
    }.sorted { (marks[$0].cost, $0) < (marks[$1].cost, $1) }
  }

  package func drawing() -> Drawing? {
    guard let first = marks.first else { return nil }
    let costs = marks.map(\.cost)
    let (cheapest, dearest) = (costs.min() ?? first.cost, costs.max() ?? first.cost)
    let qualities = marks.flatMap {
      [$0.quality, $0.interval?.lowerBound, $0.interval?.upperBound].compactMap { $0 }
    }
    // Over a wide range of costs, equal factors are equally far apart.
    let isWide = cheapest > 0 && dearest / cheapest > 8
    // Costs that are nearly the same stand in the middle of an axis whose labels are short.
    let spread = dearest - cheapest
    let margin = 0.05 * (spread > 0.01 * dearest ? spread : dearest > 0 ? dearest : 1)
    let frame = PlotFrame(
      x: isWide
        ? .logarithmic(from: cheapest, to: dearest)
        : .linear(from: max(0, cheapest - margin), to: dearest + margin),
      y: .linear(from: qualities.min() ?? 0, to: qualities.max() ?? 1))
    let legend = Legend(
      marks.enumerated().map { .init(series: Series($1.place ?? $0), label: $1.label) })
    var drawing = canvas(height: frame.bottom + 54 + legend.height)
    frame.draw(in: &drawing, xLabel: costLabel, yLabel: qualityLabel)
    drawing.line(
      through: front.map { frame.place(marks[$0].cost, marks[$0].quality) }, ink: .faint,
      width: 1.25, dash: "4 3")
    for (index, mark) in marks.enumerated() {
      let series = Series(mark.place ?? index)
      drawing.group(row: mark.label) { drawing in
        if let interval = mark.interval {
          drawing.line(
            through: [
              frame.place(mark.cost, interval.lowerBound),
              frame.place(mark.cost, interval.upperBound),
            ], ink: series.ink, width: 1.75)
        }
        drawing.marker(
          series, at: frame.place(mark.cost, mark.quality), radius: 5,
          tip: "\(mark.label): \(qualityLabel) \(tipNumber(mark.quality)), \(costLabel) "
            + tipNumber(mark.cost))
      }
    }
    legend.draw(in: &drawing, top: frame.bottom + 48)
    return drawing
  }
}
