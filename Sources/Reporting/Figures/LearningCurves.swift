import Experiments
import Training

extension ReportContent {
  /// The monitored metric on the validation split after every evaluation; nil if no run was
  /// evaluated twice, or if the lines would be of different metrics.
  ///
  /// A row's line is the mean over its seeds, and its band extends from the smallest value to the
  /// largest. A line ends when the first of its runs ends or a value is undefined, so that all of
  /// its points average over the same runs. Evaluations are equally spaced between the first step
  /// and the last. A row whose runs were evaluated once, such as models fitted to an optimum, has
  /// no line.
  func learningCurves() -> LineChart? {
    let lines = rows.enumerated().compactMap { place, row -> LineChart.Line? in
      let courses = row.records.map(\.course)
      let count =
        courses.map { course in
          course.validationScore.firstIndex { $0 == nil } ?? course.validationScore.count
        }.min() ?? 0
      guard count > 1, let first = courses.first else { return nil }
      let points = (0..<count).map { index in
        let values = courses.compactMap { $0.validationScore[index] }
        let (low, high) = (values.min() ?? 0, values.max() ?? 0)
        // A sum of huge values may overflow; the mean is clamped to their range.
        let mean = values.reduce(0, +) / Double(values.count)
        return LineChart.Point(
          x: first.epochs * Double(index + 1) / Double(first.validationScore.count),
          y: min(max(mean, low), high), low: low, high: high)
      }
      return LineChart.Line(label: row.label, points: points, place: place)
    }
    let monitors = Set(
      lines.compactMap(\.place).flatMap { rows[$0].records }.compactMap {
        $0.configuration.training["monitor"].flatMap(String.init(configuration:))
      })
    guard !lines.isEmpty, monitors.count < 2 else { return nil }
    return LineChart(
      title: "Learning curves: \(specification.title)", xLabel: "epoch",
      yLabel: "validation \(monitors.first ?? "")", lines: lines)
  }
}

extension ReportSection {
  /// The learning curves of all rows as one figure.
  static let learningCurves = ReportSection { content in
    guard let chart = content.learningCurves(),
      let figure = ReportFigure(
        chart, name: "learning-curves",
        caption:
          "The monitored metric on the validation split after each evaluation: mean over the seeds, "
          + "band from the smallest to the largest. A line ends with the first of its runs.")
    else { return [] }
    return [.heading(level: 2, "Learning curves"), .figure(figure)]
  }
}
