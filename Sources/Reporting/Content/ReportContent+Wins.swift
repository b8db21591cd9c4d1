import Configuration
import Experiments
import Training

extension ReportContent {
  /// Returns one table per metric with a direction: how often each row is better than each other, its
  /// average rank and the middle of its scores, over cells and seeds.
  func winBlocks() throws -> [ReportDocument.Block] {
    let blocks = try specification.metrics.flatMap { metric -> [ReportDocument.Block] in
      guard let higherIsBetter = metric.higherIsBetter else { return [] }
      let scores = try cellScores(metric)
      let ranks = averageRanks(scores, higherIsBetter: higherIsBetter)
      let wins = WinMatrix(
        scores.map { Array($0.joined()) }, higherIsBetter: higherIsBetter,
        tolerance: WinMatrix.printedTolerance)
      let table = ReportTable(
        headings: ["better than"] + rows.map(\.label) + ["average rank", "interquartile mean"],
        rows: rows.indices.map { row in
          [.text(rows[row].label)]
            + wins.shares[row].map { share in share.map { .text(fixed($0, digits: 2)) } ?? .dash }
            + [ranks.map { .text($0[row]) } ?? .dash, interquartileMean(scores[row])]
        })
      return [.heading(level: 3, "\(metric.title): wins"), .table(table)]
    }
    guard !blocks.isEmpty else { return [] }
    let units =
      "\(counted(tasks.count * scenarios.count, "cell")) × \(counted(specification.seeds.count, "seed"))"
    return blocks + [
      .paragraph(
        "The share of \(units) in which the row is better than the column, equal values (within .00005) "
          + "counting half. It stands in place of a critical-difference diagram, which tests ranks over "
          + "many independent data sets: this table is of one, whose cells share rows and models. Average "
          + "rank: of the means over seeds, 1 being best, over the cells that all rows have, with a 95 % "
          + "bootstrap interval over these cells, which treats them as independent. Interquartile mean: of "
          + "the middle half of the scores, with a 95 % interval over seeds drawn within each cell, so for "
          + "these cells only; of one seed without. 2000 samples each, seed 0.")
    ]
  }

  /// Returns the scores of all rows: `[row][cell][seed]`, nil where a run or a value is missing.
  private func cellScores(_ metric: Metric) throws -> [[[Double?]]] {
    let cells = tasks.flatMap { task in
      scenarios.map { MetricName(metric, .cell(task: task, scenario: $0)) }
    }
    return try rows.map { row in
      try cells.map { cell in
        let found = try row.valuesBySeed(cell)
        return specification.seeds.map { seed in found.first { $0.seed == seed }?.value }
      }
    }
  }

  /// Returns the average ranks over the cells that all rows have on all seeds, with intervals; nil for
  /// fewer than two such cells.
  private func averageRanks(_ scores: [[[Double?]]], higherIsBetter: Bool) -> [String]? {
    let cellCount = scores.first?.count ?? 0
    let complete = (0..<cellCount).compactMap { cell -> [Double]? in
      let means = scores.compactMap { row -> Double? in
        let values = row[cell].compactMap { $0 }
        return values.count == row[cell].count ? Summary(values)?.mean : nil
      }
      return means.count == scores.count ? means : nil
    }
    guard let blocks = RankedBlocks(complete, higherIsBetter: higherIsBetter) else { return nil }
    return zip(blocks.averages, blocks.averageIntervals()).map { Self.text($0, $1, digits: 2) }
  }

  /// Returns the interquartile mean of a row over the cells that it has on any seed, with an interval
  /// if a cell has two seeds.
  private func interquartileMean(_ scores: [[Double?]]) -> ReportTable.Cell {
    let defined = scores.map { $0.compactMap { $0 } }.filter { !$0.isEmpty }
    guard let aggregates = ScoreAggregates(defined) else { return .dash }
    guard defined.contains(where: { $0.count > 1 }) else {
      return .text(fixed(aggregates.interquartileMean, digits: 4))
    }
    let samples = Resampling().samples(ofStrata: [defined]) { tables in
      ScoreAggregates(tables[0])?.interquartileMean ?? aggregates.interquartileMean
    }
    return .text(
      Self.text(aggregates.interquartileMean, percentileInterval(samples), digits: 4))
  }

  private static func text(_ value: Double, _ interval: ClosedRange<Double>, digits: Int) -> String
  {
    "\(fixed(value, digits: digits)) (\(fixed(interval.lowerBound, digits: digits)) to "
      + "\(fixed(interval.upperBound, digits: digits)))"
  }
}
