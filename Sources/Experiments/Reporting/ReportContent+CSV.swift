import Ranking
import Training

extension ReportContent {
  /// Returns the report as CSV: one line per row, metric and place; numbers at full precision.
  func csv() throws -> String {
    var lines = [
      [
        "row", "model", "metric", "task", "scenario", "mean", "deviation", "n", "expected",
        "ceiling", "parameters", "seconds_per_epoch", "trials",
      ] + specification.published.indices.map { "published_\($0 + 1)" }
    ]
    for metric in specification.metrics {
      for task in tasks {
        for column in columns(metric, task: task) {
          for row in rows {
            lines.append(
              try fields(
                row, metric: metric, task: task, heading: column.heading, name: column.name))
          }
        }
      }
    }
    return lines.map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
  }

  private func fields(
    _ row: ReportRow, metric: Metric, task: String, heading: String, name: MetricName
  ) throws -> [String] {
    let summary = Summary(try row.values(name))
    let seconds = Summary(row.records.map(\.timing.secondsPerEpoch))
    return [
      row.label, row.declared.model, metric.rawValue, task, heading, text(summary?.mean),
      text(summary?.deviation), "\(summary?.count ?? 0)", "\(specification.seeds.count)",
      text(ceiling(name)),
      row.isExternal ? "" : row.records.first.map { "\($0.parameterCount)" } ?? "",
      row.isExternal ? "" : text(seconds?.mean),
      row.isExternal ? "" : "\(row.declared.proposalCount)",
    ]
      + specification.published.indices.map { index in
        text(published(name, row: row.label).first { $0.source == index + 1 }?.value)
      }
  }

  private func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  private func quoted(_ field: String) -> String {
    guard field.contains(where: { ",\"\n\r".contains($0) }) else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}
