import Configuration
import Experiments
import Training

extension GridContent {
  /// How much rows spread over data that differ in nothing but their seed; empty if anything else
  /// varies.
  ///
  /// The values are the means over seeds of runs, one for every data set on which a row has all runs.
  func spreadBlocks(_ name: MetricName) throws -> [ReportDocument.Block] {
    guard grid.axes.map(\.names) == [["seed"]] else { return [] }
    var table = ReportTable(
      headings: ["model", "data sets", "mean", "standard deviation", "95 % interval"], rows: [])
    for label in labels {
      let means = try cells.compactMap { cell -> Double? in
        guard let row = cell.content.rows.first(where: { $0.label == label }),
          let summary = Summary(try row.values(name)),
          summary.count == specification.seeds.count
        else { return nil }
        return summary.mean
      }
      table.rows.append(
        [.text(label), .text("\(means.count)")]
          + [Summary(means).map { .text(fixed($0.mean, digits: 5)) } ?? .dash]
          + ReportContent.spreadCells(means))
    }
    return [
      .heading(level: 3, "\(name): spread over data sets"), .table(table),
      .paragraph(
        "Sample standard deviation of means over seeds, with its interval by the chi-squared distribution, which takes scores to be normal. Data of another seed have another planted teacher and other rows in all splits."
      ),
    ]
  }
}
