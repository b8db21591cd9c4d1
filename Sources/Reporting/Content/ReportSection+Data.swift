import Configuration
import Experiments
import Training

extension ReportSection {
  /// The data card: rows and rates of positives by scenario and task, and the digest.
  static let data = ReportSection { content in
    guard let record = content.rows.lazy.compactMap(\.records.first).first else { return [] }
    let digest = record.configuration.dataset
    return [
      .heading(level: 2, "Data"),
      .paragraph("Fingerprint of the data set: \(digest)."),
    ]
      + [("Test rows", record.test), ("Validation rows", record.validation)].flatMap {
        name, grid -> [ReportDocument.Block] in
        grid.tasks.isEmpty ? [] : [.heading(level: 3, name), .table(table(of: grid))]
      }
  }

  private static func table(of grid: MetricGrid) -> ReportTable {
    func cells(_ cell: MetricCell) -> [ReportTable.Cell] {
      [
        .number("\(cell.rows)", .other), .number("\(cell.positives)", .other),
        cell.rows == 0
          ? .dash
          : .number(
            fixed(100 * Double(cell.positives) / Double(cell.rows), digits: 2) + " %", .other),
      ]
    }
    return ReportTable(
      headings: ["scenario"]
        + grid.tasks.flatMap { ["\($0) rows", "\($0) positive", "\($0) rate"] },
      rows: grid.scenarios.indices.map { scenario in
        [.text(ReportContent.heading(ofScenario: grid.scenarios[scenario]))]
          + grid.cells.flatMap { cells($0[scenario]) }
      } + [[.text("all")] + grid.pooled.flatMap(cells)])
  }
}
