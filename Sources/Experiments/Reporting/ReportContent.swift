import Datasets
import Ranking
import Training

/// What a report shows, gathered and checked, in the order of the catalog.
struct ReportContent {
  let specification: ExperimentSpecification
  let rows: [ReportRow]
  let tasks: [String]
  let scenarios: [String]
  let ceilings: Ceilings?

  init(_ specification: ExperimentSpecification, results: Results, catalog: Catalog) throws {
    self.specification = specification
    let labels = specification.rows.map(\.label)
    for line in results.lines where !labels.contains(line.row) {
      throw ConfigurationError.unknown("row in the results", line.row, accepted: labels)
    }
    let datasets = Set(results.lines.map(\.outcome.configuration.dataset))
    guard datasets.count <= 1 else {
      throw ConfigurationError("the results are of \(datasets.count) data sets, not of one")
    }
    let semantics = Set(results.lines.map(\.outcome.configuration.semantics))
    guard semantics.count <= 1 else {
      throw ConfigurationError(
        "the results have semantics \(semantics.sorted().map(String.init).joined(separator: " and ")): "
          + "runs of different semantics cannot be compared in one table")
    }
    let order = catalog.entries.map(\.card.id)
    func place(_ row: ExperimentRow) -> Int { order.firstIndex(of: row.model) ?? order.count }
    rows = try specification.rows.enumerated()
      .sorted { (place($0.element), $0.offset) < (place($1.element), $1.offset) }
      .map { try ReportRow($0.element, of: specification, results: results) }
    let records = results.lines.compactMap(\.outcome.record)
    tasks = records.first?.test.tasks ?? []
    scenarios = records.first?.test.scenarios ?? []
    ceilings = records.first?.ceilings
    for record in records
    where record.test.tasks != tasks || record.test.scenarios != scenarios
      || record.ceilings != ceilings
    {
      throw ConfigurationError(
        "run \(record.id.prefix(8)) has other tasks, scenarios or ceilings than the runs before it")
    }
    try checkPublished()
  }

  /// The numbers of one metric and task, in the order of columns: scenarios, then the summaries.
  func columns(_ metric: Metric, task: String) -> [(heading: String, name: MetricName)] {
    scenarios.map { ($0, MetricName(metric, "\(task)/\($0)")) } + [
      ("macro", MetricName(metric, task)), ("pooled", MetricName(metric, "\(task)/pooled")),
    ]
  }

  /// The published numbers of one metric and row, with the number of their source.
  func published(_ name: MetricName, row: String) -> [(source: Int, value: Double)] {
    specification.published.enumerated().flatMap { index, block in
      block.values.filter { $0.metric == name && $0.row == row }.map { (index + 1, $0.value) }
    }
  }

  /// The best reachable value, where it is known.
  func ceiling(_ name: MetricName) -> Double? {
    guard let ceilings, name.metric == .auc else { return nil }
    for (index, task) in tasks.enumerated() {
      if name.scope == task { return ceilings.macroMeans[index] }
      if name.scope == "\(task)/pooled" { return ceilings.pooled[index] }
      for (scenario, value) in zip(scenarios, ceilings.cells[index])
      where name.scope == "\(task)/\(scenario)" {
        return value
      }
    }
    return nil
  }

  private func checkPublished() throws {
    guard !tasks.isEmpty else { return }
    for value in specification.published.flatMap(\.values) {
      let names = tasks.flatMap { columns(value.metric.metric, task: $0).map(\.name) }
      guard names.contains(value.metric) else {
        throw ConfigurationError.unknown(
          "metric of a published number", value.metric.description,
          accepted: names.map(\.description))
      }
    }
  }
}
