import Configuration
import Experiments
import Training

/// What joint training gains or costs the cells of an experiment: the difference of every row from the
/// row whose model is trained for every task or scenario alone, by task and scenario.
///
/// Gains in some cells that are paid for in others are the seesaw phenomenon of Tang et al. (PLE, RecSys
/// 2020).
struct Seesaw {
  let metric: Metric
  let base: ReportRow
  /// The rows with joint training.
  let rows: [ReportRow]
  /// The names of the cells, such as `ctr / US`.
  let cells: [String]
  /// The comparisons over common seeds: `[row][cell]`; nil where there are none.
  let comparisons: [[PairedComparison?]]

  /// Creates the seesaw of a metric; nil if the experiment declares none, or has a single cell.
  init?(_ metric: Metric, in content: ReportContent) throws {
    guard let label = content.specification.seesaw,
      let base = content.rows.first(where: { $0.label == label })
    else { return nil }
    let names = content.tasks.flatMap { task in
      content.scenarios.map { scenario in
        (
          cell: content.scenarios.count > 1
            ? "\(task) / \(ReportContent.heading(ofScenario: scenario))" : task,
          name: MetricName(metric, .cell(task: task, scenario: scenario))
        )
      }
    }
    guard names.count > 1 else { return nil }
    self.metric = metric
    self.base = base
    let rows = content.rows.filter { $0.label != label }
    self.rows = rows
    cells = names.map(\.cell)
    let byCell = try names.map { name in
      try content.comparisons(of: rows, with: base, in: name.name).map(\.comparison)
    }
    comparisons = rows.indices.map { row in byCell.map { $0[row] } }
  }

  /// The mean differences of a row, positive if joint training is better.
  private func gains(_ row: Int) -> [(cell: String, gain: Double)] {
    let sign = metric.higherIsBetter == false ? -1.0 : 1
    return zip(cells, comparisons[row]).compactMap { cell, comparison in
      comparison.map { (cell, sign * $0.difference.mean) }
    }
  }

  /// How many cells of every row gain and lose, and which most.
  ///
  /// In brackets are those of which the paired t-test is sure, corrected by Holm's method over the cells
  /// of the row.
  var table: ReportTable {
    ReportTable(
      headings: ["model", "cells that gain", "cells that lose", "mean gain", "most", "least"],
      rows: rows.indices.compactMap { row in
        let gains = gains(row)
        guard let most = gains.max(by: { $0.gain < $1.gain }),
          let least = gains.min(by: { $0.gain < $1.gain })
        else { return nil }
        let corrected = holmCorrected(comparisons[row].compactMap { $0 }.map(\.probability))
        func count(_ sign: Double) -> ReportTable.Cell {
          let places = gains.indices.filter { gains[$0].gain * sign > 0 }
          let sure = places.count { (corrected[$0] ?? 1) < Verdict.level }
          return .text("\(places.count) (\(sure))")
        }
        func text(_ found: (cell: String, gain: Double)) -> ReportTable.Cell {
          .text("\(Verdict.signed(found.gain)) (\(found.cell))")
        }
        let mean = gains.reduce(0) { $0 + $1.gain } / Double(gains.count)
        return [
          .text(rows[row].label), count(1), count(-1), .text(Verdict.signed(mean)), text(most),
          text(least),
        ]
      })
  }

  /// The mean differences by row and cell.
  var map: HeatMap {
    let values = comparisons.map { $0.map { $0?.difference.mean } }
    let bound = values.joined().compactMap { $0.map(abs) }.max() ?? 0
    let isWide = cells.count > 10
    let labels = rows.map(\.label)
    return HeatMap(
      title: "\(metric.title), gain over \(base.label)", rowLabel: isWide ? "cell" : "model",
      columnLabel: isWide ? "model" : "cell", rows: isWide ? cells : labels,
      columns: isWide ? labels : cells,
      values: isWide ? cells.indices.map { cell in values.map { $0[cell] } } : values,
      scale: .diverging(bound: bound, higherIsBetter: metric.higherIsBetter != false), digits: 4)
  }
}

extension ReportSection {
  /// What joint training gains and costs, in numbers.
  static let seesaw = ReportSection { content in
    let found = try content.rankedMetrics.compactMap { try Seesaw($0, in: content) }
      .filter { !$0.table.rows.isEmpty }
    guard let first = found.first else { return [] }
    let words =
      "Gain over \(first.base.label) by task and scenario, mean over common seeds; positive is better. "
      + "In brackets: cells of which the paired t-test is sure, Holm-corrected over the cells of the row."
    return [.heading(level: 2, "What joint training gains and costs"), .paragraph(words)]
      + found.flatMap { seesaw -> [ReportDocument.Block] in
        [.heading(level: 3, seesaw.metric.title), .table(seesaw.table)]
      }
  }

  /// The same as heat maps.
  static let seesawMap = ReportSection { content in
    titled(
      try content.rankedMetrics.compactMap { metric in
        try Seesaw(metric, in: content).flatMap { seesaw in
          ReportFigure(
            seesaw.map, name: "seesaw-\(metric.id)",
            caption: "\(metric.title) on the test split by task and scenario, \(metric.direction): "
              + "value of the row minus that of \(seesaw.base.label) on the same seeds, mean.")
        }
      })
  }
}
