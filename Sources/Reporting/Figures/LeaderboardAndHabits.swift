import Experiments
import Training

extension Leaderboard {
  /// The average ranks as a critical-difference diagram; nil for so few data sets or models that ranks
  /// are not tested, for which the matrix of wins stands.
  package var rankDiagram: CriticalDifferenceDiagram? {
    guard let ranks = testedRanks else { return nil }
    let difference = ranks.criticalDifference()
    return CriticalDifferenceDiagram(
      title: "Average ranks by \(name) over \(blocks.count) data sets",
      marks: zip(models, ranks.averages).map { .init(label: $0, rank: $1) },
      criticalDifference: difference, cliques: ranks.indistinguishable(within: difference))
  }

  /// The share of seeds in which the row is better than the column, data sets weighted equally.
  package var winMap: HeatMap {
    HeatMap(
      title: "Wins by \(name) over \(blocks.count) data sets", rowLabel: "better",
      columnLabel: "than", rows: models, columns: models, values: wins, scale: .sequential(0...1),
      digits: 2)
  }
}

extension ReportingHabits {
  /// The share of pairs of rows that change places by every habit, for every task of every table.
  package var flipMap: HeatMap {
    HeatMap(
      title: "Pairs of rows that change places", rowLabel: "results and task",
      columnLabel: "judged by, instead of the mean over seeds and scenarios",
      rows: tables.map { "\(Self.folder($0.source)) \($0.task)" },
      columns: Habit.allCases.map(\.rawValue),
      values: tables.map { table in
        Habit.allCases.map { habit in
          table.flipped(by: habit).flatMap { $0.pairs > 0 ? $0.expected / Double($0.pairs) : nil }
        }
      }, scale: .sequential(0...0.5), digits: 2)
  }

  /// The folder of a source without those that it lies in, so that the label is short.
  private static func folder(_ source: String) -> Substring {
    source.split(separator: "/").last { $0 != "runs.jsonl" } ?? Substring(source)
  }
}
