import Configuration
import Experiments
import Training

/// The headline metric of an experiment by model.
struct Headline {
  let name: MetricName
  private let summaries: [String: Summary]

  var higherIsBetter: Bool? { name.metric.higherIsBetter }

  /// Whether a number is of as many seeds as any, so that it is ranked.
  func isWhole(_ summary: Summary) -> Bool { summary.count == seedCount }

  private var seedCount: Int { summaries.values.map(\.count).max() ?? 0 }

  /// Returns the values of a model by its id, or of external predictions by their label.
  subscript(key: String) -> Summary? { summaries[key] }

  /// Takes the first row that has the metric of every model, and rows of external predictions.
  init(_ name: MetricName, of rows: [ReportRow]) throws {
    self.name = name
    let known = try rows.compactMap { row in
      Summary(try row.values(name)).map {
        (row.isExternal ? row.label : row.declared.model, $0)
      }
    }
    summaries = Dictionary(known) { first, _ in first }
  }
}

extension ReportContent {
  /// Returns the first ranked metric, averaged over tasks and scenarios, by model; nil without such a
  /// metric or without a run.
  func headline() throws -> Headline? {
    guard let metric = rankedMetrics.first, !tasks.isEmpty else { return nil }
    return try Headline(MetricName(metric, .macro), of: rows)
  }

  /// Returns the first ranked metric of every task, macro and pooled, as one figure.
  func headlineFigure() throws -> ReportFigure? {
    guard let metric = rankedMetrics.first else { return nil }
    let groups = try tasks.flatMap { task in
      try scores(metric, task: task).groups.suffix(2).map { group in
        var group = group
        group.label = "\(task), \(group.label)"
        return group
      }
    }
    return ReportFigure(
      IntervalPlot(
        title: "\(metric.title): \(specification.title)",
        valueLabel: "\(metric.title) (\(metric.direction))", rows: rows.map(\.label), groups: groups
      ),
      name: "headline-\(specification.id)",
      caption:
        "\(metric.title) on the test split, \(metric.direction): \(meanOverSeeds).")
  }
}

extension Summary {
  /// The mean ± half of the 95 % interval; the mean alone for one value.
  var meanAndHalfWidth: String {
    fixed(mean, digits: 4)
      + (confidenceHalfWidth(0.95).map { " ± \(fixed($0, digits: 4))" } ?? "")
  }
}
