import Configuration
import Experiments
import Ranking
import Training

/// The content of a report on an experiment that varies its data: that of every data set, and the
/// advantage of the reference over every other row on each.
struct GridContent {
  /// One data set with the runs on it.
  struct Cell {
    let declared: DataGrid.Cell
    let content: ReportContent
  }

  /// The reference minus another row on one data set.
  struct Advantage {
    /// The number of the data set.
    let cell: Int
    /// The label of the other row.
    let rival: String
    /// The differences over the common seeds; nil if there are none.
    let comparison: PairedComparison?
    /// The p-value, corrected by Holm's method over all data sets and rows; nil where it is undefined.
    let probability: Double?

    /// Returns which of the two is better.
    func outcome(_ metric: Metric) -> Verdict.Outcome {
      comparison.map { Verdict.outcome($0, probability: probability, metric: metric) }
        ?? .undecided
    }
  }

  let specification: ExperimentSpecification
  let grid: DataGrid
  let results: Results
  let cells: [Cell]

  /// - Throws: ``Diagnostic`` if a run is of a data set that the grid does not have, or as for
  ///   ``ReportContent``.
  init(
    _ specification: ExperimentSpecification, grid: DataGrid, results: Results, catalog: Catalog
  ) throws {
    let names = grid.cells.map(\.name)
    for line in results.lines {
      guard let cell = line.cell else {
        throw Diagnostic(
          "a run in the results does not name its data set, of which there are several")
      }
      guard names.contains(cell) else {
        throw Diagnostic.unknown("data set in the results", cell, accepted: names)
      }
    }
    let lines = Dictionary(grouping: results.lines) { $0.cell ?? "" }
    self.specification = specification
    self.grid = grid
    self.results = results
    cells = try zip(grid.cells, specification.parts).map { cell, part in
      let content = try locating(cell.name) {
        try ReportContent(
          part.specification, results: Results(lines: lines[cell.name] ?? []), catalog: catalog)
      }
      return Cell(declared: cell, content: content)
    }
  }

  /// The tasks, in the order of the first data set that has runs.
  var tasks: [String] { cells.lazy.map(\.content.tasks).first { !$0.isEmpty } ?? [] }

  /// The labels of the rows, in the order of the catalog.
  var labels: [String] { cells.first?.content.rows.map(\.label) ?? [] }

  /// The shown numbers: every metric of every task, as the mean over scenarios.
  var names: [MetricName] {
    specification.metrics.flatMap { metric in tasks.map { MetricName(metric, .task($0)) } }
  }

  /// Returns the advantages of the reference, data set by data set; empty without a reference.
  func advantages(_ name: MetricName) throws -> [Advantage] {
    guard let reference = specification.reference else { return [] }
    let found = try cells.enumerated().flatMap { index, cell in
      let base = try cell.content.rows.first { $0.label == reference }?.valuesBySeed(name) ?? []
      return try cell.content.rows.filter { $0.label != reference }.map { row in
        let pairs = try row.valuesBySeed(name).compactMap { own in
          base.first { $0.seed == own.seed }.map { ($0.value, own.value) }
        }
        return (
          cell: index, rival: row.label,
          comparison: PairedComparison(pairs.map(\.0), reference: pairs.map(\.1))
        )
      }
    }
    return zip(found, holmCorrected(found.map { $0.comparison?.probability })).map {
      Advantage(
        cell: $0.cell, rival: $0.rival, comparison: $0.comparison, probability: $1)
    }
  }
}
