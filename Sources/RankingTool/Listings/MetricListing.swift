import Datasets
import Training

/// The metrics of one split as a table: one line per task and scenario, then the mean over
/// scenarios and the value pooled over all rows.
struct MetricListing {
  let grid: MetricGrid
  var ceilings: Ceilings?

  /// The table.
  var text: String {
    let metrics = metricCatalog.filter { metric in
      grid.pooled.contains { $0[metric] != nil }
    }
    var table = TextTable(
      ["task / scenario", "rows", "positives"] + metrics.map(\.id)
        + (ceilings == nil ? [] : ["best auc"]))
    var notes: [String] = []
    func add(_ name: String, _ cell: MetricCell?, _ best: Double?, _ value: (Metric) -> Double?) {
      table.add(
        [name, cell.map { "\($0.rows)" } ?? "", cell.map { "\($0.positives)" } ?? ""]
          + metrics.map { shown(value($0)) } + (ceilings == nil ? [] : [shown(best)]))
    }
    for (task, name) in grid.tasks.enumerated() {
      for (leaf, scenario) in grid.scenarios.enumerated() {
        let cell = grid.cells[task][leaf]
        add("\(name) / \(scenario)", cell, ceilings?.expected.cells[task][leaf]) { cell[$0] }
      }
      add("\(name) / macro mean", nil, ceilings?.expected.macroMeans[task]) {
        grid.macro($0, task: task).mean
      }
      let undefined = metrics.map { (metric: $0, count: grid.macro($0, task: task).undefinedCount) }
        .filter { 1..<grid.scenarios.count ~= $0.count }
      notes += undefined.map {
        "\(name): \($0.metric.id) is not defined in \($0.count) of \(grid.scenarios.count) "
          + "scenarios; the macro mean leaves them out"
      }
      let pooled = grid.pooled[task]
      add("\(name) / pooled", pooled, ceilings?.expected.pooled[task]) { pooled[$0] }
    }
    return ([table.text] + notes).joined(separator: "\n")
  }

  private func shown(_ value: Double?) -> String { value.map(fourDigits) ?? "-" }
}
