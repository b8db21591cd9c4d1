import Experiments
import Training

extension ReportContent {
  /// The expected best validation score of every search by its number of trials, with one standard
  /// deviation over such searches to either side; nil without a search that has such a curve.
  func budgetCurves() -> LineChart? {
    let lines = expectedBest().map { row, curve in
      LineChart.Line(
        label: row.label,
        points: (1...curve.trialCount).map { trials in
          let best = curve.value(trials: trials)
          return LineChart.Point(
            x: Double(trials), y: best.mean, low: best.mean - best.deviation,
            high: best.mean + best.deviation)
        }, place: rows.firstIndex { $0.label == row.label })
    }
    guard !lines.isEmpty else { return nil }
    return .budgetCurve(
      title: "Expected best by budget", score: specification.selection.metric.description, lines)
  }
}

extension ReportSection {
  /// What a search of fewer trials would have found.
  static let budgets = ReportSection { content in
    guard let chart = content.budgetCurves(),
      let figure = ReportFigure(
        chart, name: "budget",
        caption: "Expected best \(content.specification.selection.metric) on validation of as many "
          + "trials, drawn with replacement from those of the search (Dodge et al., 2019); band: one "
          + "standard deviation over such searches to either side.")
    else { return [] }
    return [.heading(level: 2, "Budget of searches"), .figure(figure)]
  }
}

extension LineChart {
  /// Returns a budget curve: for every row, the expected best score of a search with a budget, with
  /// its interval, against the budget (Dodge et al., "Show Your Work", EMNLP 2019).
  ///
  /// - Parameter curves: The rows, with points from left to right: x is a budget of at least one
  ///   trial, y the expected best validation score.
  package static func budgetCurve(
    title: String, budget: String = "trials", score: String, _ curves: [Line]
  ) -> LineChart {
    LineChart(
      title: title, xLabel: budget, yLabel: "expected best \(score)", lines: curves,
      isLogarithmic: (curves.flatMap(\.points).map(\.x).max() ?? 0) > 32)
  }
}
