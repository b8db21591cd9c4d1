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
