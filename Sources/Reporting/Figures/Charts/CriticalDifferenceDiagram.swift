/// Average ranks on a line, with bars over rows that a test does not tell apart (Demšar,
/// "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 2006).
package struct CriticalDifferenceDiagram: Figure {
  /// A row with its average rank, from 1 for the best.
  package struct Mark: Equatable, Sendable {
    package var label: String
    package var rank: Double

    package init(label: String, rank: Double) {
      self.label = label
      self.rank = rank
    }
  }

  package var title: String
  package var marks: [Mark]
  /// The critical difference of ranks; nil if the test has none.
  package var criticalDifference: Double?
  /// The sets of rows that are not told apart, as places among ``marks``.
  package var cliques: [[Int]]

  /// Creates a diagram.
  ///
  /// - Parameter cliques: Sets of places; those with fewer than two rows or with places that do not
  ///   exist are not drawn.
  package init(
    title: String, marks: [Mark], criticalDifference: Double? = nil, cliques: [[Int]]
  ) {
    self.title = title
    self.marks = marks
    self.criticalDifference = criticalDifference
    self.cliques = cliques.filter { clique in
      clique.count > 1 && clique.allSatisfy(marks.indices.contains)
    }
  }

  package var alternative: String {
    "Average ranks, the best first: "
      + ordered.map { "\(marks[$0].label) \(tipNumber(marks[$0].rank))" }.joined(separator: ", ")
      + ". Not told apart: "
      + (cliques.isEmpty
        ? "none"
        : cliques.map { $0.map { marks[$0].label }.joined(separator: " and ") }
          .joined(separator: "; ")) + "."
  }

  package var data: [[String]] {
    [["row", "rank", "sets"]]
      + ordered.map { index in
        let sets = cliques.indices.filter { cliques[$0].contains(index) }.map { "\($0 + 1)" }
        return [marks[index].label, "\(marks[index].rank)", sets.joined(separator: " ")]
      }
  }

  private var ordered: [Int] {
    marks.indices.sorted { (marks[$0].rank, $0) < (marks[$1].rank, $1) }
  }

  /// Draws the diagram.
  ///
  /// The axis extends from 1 to the number of rows, the range of ranks, and further where the critical
  /// difference is longer.
  package func drawing() -> Drawing? {
    guard !marks.isEmpty else { return nil }
    let low = 1.0
    let high = max(
      2, Double(marks.count), (low + (criticalDifference ?? 0)).rounded(.up))
    let (left, right) = (150.0, PlotFrame.imageWidth - 150)
    func place(_ rank: Double) -> Double { left + (right - left) * (rank - low) / (high - low) }
    let top = criticalDifference == nil ? 66.0 : 92
    let bars = cliques.sorted { a, b in
      (a.map { marks[$0].rank }.min() ?? 0) < (b.map { marks[$0].rank }.min() ?? 0)
    }
    let labelTop = top + 18 + 9 * Double(bars.count)
    let half = (marks.count + 1) / 2
    var drawing = canvas(height: labelTop + 20 * Double(half) + 14)
    if let difference = criticalDifference {
      let end = place(low + difference)
      drawing.line(through: [Point(left, 54), Point(end, 54)], ink: .text, width: 1.5)
      for x in [left, end] {
        drawing.line(through: [Point(x, 50), Point(x, 58)], ink: .text, width: 1.5)
      }
      drawing.text(
        "critical difference \(tipNumber(difference))", at: Point(left, 46), size: 11, ink: .faint)
    }
    drawing.line(through: [Point(left, top), Point(right, top)], ink: .text)
    for rank in stride(from: low, through: high, by: max(1, ((high - low) / 12).rounded(.up))) {
      drawing.line(through: [Point(place(rank), top - 5), Point(place(rank), top)], ink: .text)
      drawing.text(
        tipNumber(rank), at: Point(place(rank), top - 10), anchor: .middle, ink: .faint)
    }
    for (level, bar) in bars.enumerated() {
      let ranks = bar.map { marks[$0].rank }
      let y = top + 9 + 9 * Double(level)
      drawing.line(
        through: [
          Point(place(ranks.min() ?? low) - 4, y), Point(place(ranks.max() ?? high) + 4, y),
        ],
        ink: .faint, width: 4, tip: bar.map { marks[$0].label }.joined(separator: ", "))
    }
    for (position, index) in ordered.enumerated() {
      let isLeft = position < half
      let line = isLeft ? position : marks.count - 1 - position
      let y = labelTop + 20 * Double(line) + 8
      let x = place(marks[index].rank)
      let edge = isLeft ? left - 14 : right + 14
      drawing.group(row: marks[index].label) { drawing in
        drawing.line(
          through: [Point(x, top), Point(x, y), Point(edge, y)], ink: Series(index).ink,
          width: 1.25)
        drawing.marker(Series(index), at: Point(x, top))
        let label = fitted(marks[index].label, to: 96)
        drawing.text(
          "\(label) \(tipNumber(marks[index].rank))",
          at: Point(isLeft ? edge - 4 : edge + 4, y + 4),
          anchor: isLeft ? .end : .start)
      }
    }
    return drawing
  }
}
