import Configuration
import Experiments
import Training

extension ReportContent {
  /// The scores of a search over two settings as a grid, mean over the trials of a cell; nil if
  /// not exactly two settings differ among the trials, or if fewer than half of the cells have a
  /// comparable score.
  func sensitivity(of row: ReportRow) -> HeatMap? {
    let names = row.tuned.sorted()
    guard names.count == 2 else { return nil }
    let configurations = Dictionary(
      row.trials.map { ($0.trial, $0.outcome.configuration) }
    ) { first, _ in first }
    let trials = row.comparableScores.sorted { $0.key < $1.key }.compactMap { number, score in
      configurations[number].map { configuration in
        (values: names.map { tuned($0, in: configuration) }, score: score.value)
      }
    }
    let (vertical, horizontal) = (
      ordered(trials.map { $0.values[0] }), ordered(trials.map { $0.values[1] })
    )
    let cells = vertical.map { first in
      horizontal.map { second in
        Summary(trials.filter { $0.values == [first, second] }.map(\.score))?.mean
      }
    }
    let scores = cells.joined().compactMap { $0 }
    guard vertical.count > 1, horizontal.count > 1,
      2 * scores.count >= vertical.count * horizontal.count,
      let low = scores.min(), let high = scores.max()
    else { return nil }
    return HeatMap(
      title: "\(specification.selection.metric) of \(row.label) by two settings",
      rowLabel: shortName(names[0]), columnLabel: shortName(names[1]),
      rows: vertical.map(\.description), columns: horizontal.map(\.description), values: cells,
      scale: .sequential(low...high), digits: 4)
  }

  /// Returns the distinct values: numbers in order, then what is no number.
  private func ordered(_ values: [ConfigurationValue]) -> [ConfigurationValue] {
    var distinct: [ConfigurationValue] = []
    for value in values where !distinct.contains(value) { distinct.append(value) }
    return distinct.sorted { a, b in
      switch (Double(configuration: a), Double(configuration: b)) {
      case (let first?, let second?): first < second
      case (nil, nil): a.description < b.description
      case (let first, _): first != nil
      }
    }
  }
}
