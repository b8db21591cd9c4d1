import Experiments
import Training

extension ReportContent {
  /// The number of scenarios beyond which a heat map would be longer than anyone reads.
  private static let mostScenarios = 60

  /// The mean difference of every row from the reference over their common seeds, by scenario; nil
  /// without a reference, and for very many scenarios.
  func differences(_ metric: Metric, task: String) throws -> HeatMap? {
    guard let reference, scenarios.count <= Self.mostScenarios else { return nil }
    let others = rows.filter { $0.label != reference.label }
    let columns = columns(metric, task: task)
    let values = try columns.map { column in
      try comparisons(of: others, with: reference, in: column.name).map {
        $0.comparison?.difference.mean
      }
    }
    let bound = values.joined().compactMap { $0.map(abs) }.max() ?? 0
    let headings = columns.map(\.heading)
    let isWide = scenarios.count > 6
    return HeatMap(
      title: "\(metric.title) of \(task), difference from \(reference.label)",
      rowLabel: isWide ? "scenario" : "model", columnLabel: isWide ? "model" : "scenario",
      rows: isWide ? headings : others.map(\.label),
      columns: isWide ? others.map(\.label) : headings,
      values: isWide ? values : others.indices.map { row in values.map { $0[row] } },
      scale: .diverging(bound: bound, higherIsBetter: metric.higherIsBetter != false), digits: 4,
      scenarios: isWide ? .rows : .columns)
  }
}

extension ReportSection {
  /// Every ranked metric and task as a heat map of differences from the reference.
  static let differences = ReportSection { content in
    guard let reference = content.reference, content.rows.count > 1 else { return [] }
    let blocks = try content.rankedMetrics.flatMap { metric in
      try content.tasks.flatMap { task -> [ReportDocument.Block] in
        guard let map = try content.differences(metric, task: task),
          let figure = ReportFigure(
            map,
            name: "difference-\(metric.id)-\(task)",
            caption:
              "\(metric.title) of \(task) on the test split, \(metric.direction): value of the "
              + "row minus that of \(reference.label) on the same seeds, mean.")
        else { return [] }
        return [.heading(level: 3, "\(metric.title) of \(task)"), .figure(figure)]
      }
    }
    return blocks.isEmpty
      ? [] : [.heading(level: 2, "Differences from \(reference.label) by scenario")] + blocks
  }
}
