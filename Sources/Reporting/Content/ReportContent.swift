import Configuration
import Datasets
import Experiments
import Ranking
import Training

/// The content of a report, collected and checked, in the order of the catalog.
package struct ReportContent {
  /// A number defined for every row, with its table heading.
  struct Column {
    var heading: String
    var name: MetricName
  }

  let specification: ExperimentSpecification
  let results: Results
  let rows: [ReportRow]
  let tasks: [String]
  let scenarios: [String]
  /// The best reachable AUCs; ``/Datasets/Ceilings/realized`` only if some record has them.
  let ceilings: Ceilings?
  /// Whether the runs have semantics 2 or later, or there are none.
  ///
  /// Tables of earlier runs keep the form in which they were published.
  let hasLaterSemantics: Bool
  /// Whether some run has counted its operations; those of earlier versions have not.
  let countsWork: Bool

  init(_ specification: ExperimentSpecification, results: Results, catalog: Catalog) throws {
    self.specification = specification
    self.results = results
    let labels = specification.rows.map(\.label)
    for line in results.lines where !labels.contains(line.row) {
      throw Diagnostic.unknown("row in the results", line.row, accepted: labels)
    }
    let datasets = Set(results.lines.map(\.outcome.configuration.dataset))
    guard datasets.count <= 1 else {
      throw Diagnostic("the results are of \(datasets.count) data sets, not of one")
    }
    let semantics = Set(results.lines.map(\.outcome.configuration.semantics))
    guard semantics.count <= 1 else {
      throw Diagnostic(
        "the results have semantics \(semantics.sorted().map(String.init).joined(separator: " and ")): "
          + "runs of different semantics cannot be compared in one table")
    }
    let order = catalog.entries.map(\.card.id)
    func place(_ row: ExperimentRow) -> Int { order.firstIndex(of: row.model) ?? order.count }
    let lines = Dictionary(grouping: results.lines, by: \.row)
    rows = try specification.rows.enumerated()
      .sorted { (place($0.element), $0.offset) < (place($1.element), $1.offset) }
      .map { _, row in try ReportRow(row, of: specification, lines: lines[row.label] ?? []) }
    hasLaterSemantics = results.lines.allSatisfy { $0.outcome.configuration.semantics > 1 }
    countsWork = rows.contains { row in
      !row.isExternal && row.records.contains { $0.work != nil }
    }
    let records = results.lines.compactMap(\.outcome.record)
    tasks = records.first?.test.tasks ?? []
    scenarios = records.first?.test.scenarios ?? []
    // Records of earlier versions lack the realized ceilings, which the others share.
    let ceilings =
      (records.first { $0.ceilings?.realized != nil } ?? records.first)?.ceilings
    self.ceilings = ceilings
    for record in records
    where record.test.tasks != tasks || record.test.scenarios != scenarios
      || !Self.agree(record.ceilings, ceilings)
    {
      throw Diagnostic(
        "run \(record.id.prefix(8)) has other tasks, scenarios or ceilings than the runs before it")
    }
    for record in records {
      guard let inspection = results.experts[record.id] else { continue }
      guard inspection.tasks == tasks, inspection.scenarios == scenarios else {
        throw Diagnostic(
          "\(InspectedRuns.fileName): run \(record.id.prefix(8)) has other tasks or scenarios than "
            + "its record")
      }
    }
    try checkPublished()
  }

  private static func agree(_ own: Ceilings?, _ common: Ceilings?) -> Bool {
    guard var own, own.realized == nil else { return own == common }
    own.realized = common?.realized
    return own == common
  }

  /// Returns the numbers of one metric and task, in column order: scenarios, then the summaries.
  func columns(_ metric: Metric, task: String) -> [Column] {
    scenarios.map { scenario in
      Column(
        heading: Self.heading(ofScenario: scenario),
        name: MetricName(metric, .cell(task: task, scenario: scenario)))
    } + [
      Column(heading: "macro", name: MetricName(metric, .task(task))),
      Column(heading: "pooled", name: MetricName(metric, .taskPooled(task))),
    ]
  }

  /// Returns the name of a scenario as headings show it.
  ///
  /// Records of semantics 1 use scenario names as they are; current ones quote a name that could be
  /// mistaken for a summary's name.
  static func heading(ofScenario name: String) -> String {
    NamePath.reserved.contains(name) ? NamePath.text([name]) : name
  }

  /// Returns the published numbers of one metric and row, with the index of their source.
  func published(_ name: MetricName, row: String) -> [(source: Int, value: Double)] {
    specification.published.enumerated().flatMap { index, block in
      block.values.filter { $0.metric == name && $0.row == row }.map { (index + 1, $0.value) }
    }
  }

  /// Returns the best reachable value in expectation over labels, if known.
  func ceiling(_ name: MetricName) -> Double? {
    ceilings.flatMap { value(of: name, in: $0.expected) }
  }

  /// Returns the value of the true probabilities on the labels as drawn, if known.
  func realizedCeiling(_ name: MetricName) -> Double? {
    ceilings?.realized.flatMap { value(of: name, in: $0) }
  }

  private func value(of name: MetricName, in table: Ceilings.Table) -> Double? {
    guard name.metric == .auc else { return nil }
    func index(_ task: String) -> Int? { tasks.firstIndex(of: task) }
    switch name.scope {
    case .macro, .pooled: return nil
    case .task(let task): return index(task).flatMap { table.macroMeans[$0] }
    case .taskPooled(let task): return index(task).flatMap { table.pooled[$0] }
    case .cell(let task, let scenario):
      guard let row = index(task), let column = scenarios.firstIndex(of: scenario) else {
        return nil
      }
      return table.cells[row][column]
    }
  }

  private func checkPublished() throws {
    guard !tasks.isEmpty else { return }
    for value in specification.published.flatMap(\.values) {
      let names = tasks.flatMap { columns(value.metric.metric, task: $0).map(\.name) }
      guard names.contains(value.metric) else {
        throw Diagnostic.unknown(
          "metric of a published number", value.metric.description,
          accepted: names.map(\.description))
      }
    }
  }
}

// MARK: - What tables and figures have in common

extension ReportContent {
  /// The shown metrics of which one of two values is better.
  var rankedMetrics: [Metric] { specification.metrics.filter { $0.higherIsBetter != nil } }

  /// Whether means over seeds have intervals.
  var hasIntervals: Bool { specification.seeds.count > 1 }

  /// What a number over seeds is, in captions.
  var meanOverSeeds: String {
    hasIntervals ? "mean over the seeds with its 95 % interval" : "value of the one seed"
  }

  /// Returns the 95 % interval of a mean over seeds; nil for fewer than two values.
  func interval(_ summary: Summary) -> ClosedRange<Double>? {
    summary.confidenceHalfWidth(0.95).map { summary.mean - $0...summary.mean + $0 }
  }

  /// The row that the others are compared with.
  var reference: ReportRow? { rows.first { $0.label == specification.reference } }

  /// Returns for every row its comparison with the reference over their common seeds, nil without
  /// any, and its p-value.
  ///
  /// It is corrected by Holm's method over the rows that have one. Verdicts are corrected over all
  /// pairs of rows instead, so a row may differ here and be tied there.
  func comparisons(of others: [ReportRow], with reference: ReportRow, in name: MetricName) throws
    -> [(comparison: PairedComparison?, probability: Double?)]
  {
    let base = try reference.valuesBySeed(name)
    let comparisons = try others.map { row in
      let pairs = try row.valuesBySeed(name).compactMap { own in
        base.first { $0.seed == own.seed }.map { (own.value, $0.value) }
      }
      return PairedComparison(pairs.map(\.0), reference: pairs.map(\.1))
    }
    return zip(comparisons, holmCorrected(comparisons.map { $0?.probability })).map {
      (comparison: $0, probability: $1)
    }
  }
}
