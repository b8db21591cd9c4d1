import Experiments
import Training

extension ReportContent {
  /// Whether there are too many scenarios for one figure, which then shows the summaries alone.
  var hasManyScenarios: Bool { scenarios.count > 12 }

  /// A metric of one task by scenario: mean over the seeds with its 95 % interval, against the best
  /// that can be reached.
  func scores(_ metric: Metric, task: String) throws -> IntervalPlot {
    let columns = columns(metric, task: task)
    let shown = hasManyScenarios ? Array(columns.suffix(2)) : columns
    let groups = try shown.enumerated().map { index, column in
      let marks = try rows.enumerated().compactMap { place, row in
        Summary(try row.values(column.name)).map {
          IntervalPlot.Mark(row: place, value: $0.mean, interval: interval($0))
        }
      }
      return IntervalPlot.Group(
        label: column.heading, isScenario: index < shown.count - 2, marks: marks,
        ceiling: ceiling(column.name))
    }
    return IntervalPlot(
      title: "\(metric.title) of \(task)", valueLabel: "\(metric.title) (\(metric.direction))",
      rows: rows.map(\.label), groups: groups)
  }
}

extension ReportSection {
  /// Every ranked metric and task as a dot plot by scenario.
  static let scores = ReportSection { content in
    let blocks = try content.rankedMetrics.flatMap { metric in
      try content.tasks.flatMap { task -> [ReportDocument.Block] in
        let figure = ReportFigure(
          try content.scores(metric, task: task), name: "\(metric.id)-\(task)",
          caption:
            "\(metric.title) of \(task) on the test split, \(metric.direction): "
            + content.meanOverSeeds
            + (content.hasIntervals
              ? " by Student's distribution. The interval covers what differs between seeds, not the "
                + "choice of data." : ".")
            + (content.hasManyScenarios ? " Scenarios are left out, as there are many." : ""))
        return figure.map { [.heading(level: 3, "\(metric.title) of \(task)"), .figure($0)] } ?? []
      }
    }
    return blocks.isEmpty ? [] : [.heading(level: 2, "Scores by scenario")] + blocks
  }
}
