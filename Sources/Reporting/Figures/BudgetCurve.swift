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
