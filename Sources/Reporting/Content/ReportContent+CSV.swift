import Experiments
import Training

extension ReportContent {
  /// The headings of the columns as CSV that hold measured times, memory and energy, which differ
  /// from run to run.
  package static let measuredHeadings = [
    "seconds_per_epoch", "processor_seconds_per_epoch", "rows_per_second", "training_seconds",
    "peak_bytes", "joules",
  ]

  /// Returns the report as CSV: one line per row, metric and scenario or summary; numbers at full
  /// precision.
  ///
  /// Text that a spreadsheet would read as a formula is prefixed with an apostrophe.
  func csv() throws -> String {
    var headings = [
      "row", "model", "metric", "task", "scenario", "mean", "deviation", "n", "expected", "ceiling",
    ]
    if ceilings?.realized != nil { headings.append("realized_ceiling") }
    headings += ["parameters", "seconds_per_epoch"]
    if hasLaterSemantics { headings += ["processor_seconds_per_epoch", "rows_per_second"] }
    if countsWork { headings += Self.workHeadings }
    headings.append("trials")
    headings += specification.published.indices.map { "published_\($0 + 1)" }
    var lines = [headings]
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
    return csvText(lines)
  }

  private static let workHeadings = [
    "table_parameters", "flops_per_row", "training_flops_per_row", "epochs", "training_seconds",
    "peak_bytes", "joules",
  ]

  private func fields(
    _ row: ReportRow, metric: Metric, task: String, heading: String, name: MetricName
  ) throws -> [String] {
    let summary = Summary(try row.values(name))
    func mean(_ value: (RunRecord) -> Double?) -> String {
      row.isExternal ? "" : text(Summary(row.records.compactMap(value))?.mean)
    }
    var fields = [row.label, row.declared.model, metric.id, task, heading].map(csvPlain)
    fields += [
      text(summary?.mean), text(summary?.deviation), "\(summary?.count ?? 0)",
      "\(specification.seeds.count)", text(ceiling(name)),
    ]
    if ceilings?.realized != nil { fields.append(text(realizedCeiling(name))) }
    fields.append(row.isExternal ? "" : row.records.first.map { "\($0.parameterCount)" } ?? "")
    fields.append(mean(\.timing.secondsPerEpoch))
    if hasLaterSemantics {
      fields += [mean(\.timing.processorSecondsPerEpoch), mean(\.timing.rowsPerSecond)]
    }
    if countsWork {
      fields += [
        mean { ($0.work?.tableParameterCount).map(Double.init) },
        mean(\.work?.forwardOperationsPerRow), mean(\.work?.trainingOperationsPerRow),
        mean { $0.work == nil ? nil : $0.course.epochs },
        mean { $0.work == nil ? nil : $0.trainingSeconds },
        mean { $0.timing.peakByteCount.map(Double.init) }, mean(\.timing.joules),
      ]
    }
    fields.append(row.isExternal ? "" : "\(row.declared.trialCount)")
    return fields
      + specification.published.indices.map { index in
        text(published(name, row: row.label).first { $0.source == index + 1 }?.value)
      }
  }

  private func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
}
