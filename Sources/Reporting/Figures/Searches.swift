import Configuration
import Experiments
import Training

extension ReportContent {
  /// The search of a row as parallel coordinates of the settings that differ among its trials; nil for
  /// fewer than three trials with comparable scores.
  func search(of row: ReportRow) -> ParallelCoordinates? {
    let first = Dictionary(row.trials.map { ($0.trial, $0.outcome.configuration) }) { a, _ in a }
    let scores = row.comparableScores
    let numbers = scores.keys.sorted().filter { first[$0] != nil }
    guard numbers.count > 2, !row.tuned.isEmpty else { return nil }
    let columns = row.tuned.sorted().map { name in
      numbers.map { number in first[number].map { tuned(name, in: $0) } ?? .null }
    }
    let scales = columns.map(coordinates)
    let trials = numbers.enumerated().compactMap { place, number in
      scores[number].map { score in
        ParallelCoordinates.Trial(
          label: "trial \(number)",
          values: scales.map { $0.values[place] }, score: score.value,
          isChosen: number == row.choice?.trial)
      }
    }
    return ParallelCoordinates(
      title: "Search of \(row.label)",
      dimensions: zip(row.tuned.sorted(), scales).map { name, column in
        .init(label: shortName(name), scale: column.scale)
      },
      scoreLabel: "\(specification.selection.metric)",
      higherIsBetter: specification.selection.metric.metric.higherIsBetter != false,
      trials: trials)
  }

  /// Returns the name of a searched setting in figures, such as `width` for `model/width`.
  private func shortName(_ name: String) -> String {
    name.split(separator: "/", maxSplits: 1).last.map(String.init) ?? name
  }

  /// Returns the value of a searched setting, such as `model/width`; null if it has none.
  private func tuned(_ name: String, in configuration: RunConfiguration) -> ConfigurationValue {
    let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return .null }
    let values = parts[0] == "model" ? configuration.settings : configuration.training
    return values[parts[1]] ?? .null
  }

  /// Returns the places of values on an axis that suits them: categories for few short numbers and
  /// for what is no number, powers for numbers over a wide range; what is null has no place.
  private func coordinates(_ values: [ConfigurationValue]) -> (
    scale: ParallelCoordinates.Scale, values: [Double?]
  ) {
    let numbers = values.map { Double(configuration: $0) }
    let known = numbers.compactMap { $0 }
    let present = values.filter { $0 != .null }
    let distinct = Set(known).sorted()
    let areShort = distinct.allSatisfy { "\($0)".count <= 6 }
    let isNumeric = known.count == present.count
    guard isNumeric, distinct.count > 4 || !areShort else {
      let names =
        isNumeric
        ? distinct.map { Int(exactly: $0).map(String.init) ?? "\($0)" }
        : Set(present.map(\.description)).sorted()
      let places = zip(values, numbers).map { value, number in
        isNumeric
          ? number.flatMap { distinct.firstIndex(of: $0) }.map(Double.init)
          : value == .null ? nil : names.firstIndex(of: value.description).map(Double.init)
      }
      return (.categories(names), places)
    }
    let isWide = (distinct.first ?? 0) > 0 && (distinct.last ?? 0) / (distinct.first ?? 1) > 5
    return (isWide ? .logarithmic : .linear, numbers)
  }
}

extension ReportSection {
  /// The search of every row as figures.
  static let searches = ReportSection { content in
    let metric = content.specification.selection.metric
    let figures = content.rows.flatMap { row -> [ReportFigure?] in
      let pruned =
        row.comparableScores.count < row.scores.count ? " Pruned trials are left out." : ""
      let lines = content.search(of: row).flatMap {
        ReportFigure(
          $0, name: "search-\(row.label)",
          caption: "\(row.label): a line per trial, over the settings that differ among them, with "
            + "the mean over the search seeds of \(metric) on the validation split.\(pruned)")
      }
      let grid = content.sensitivity(of: row).flatMap {
        ReportFigure(
          $0, name: "sensitivity-\(row.label)",
          caption:
            "\(row.label): \(metric) on the validation split, \(metric.metric.direction), by the "
            + "two settings that differ among the trials, mean over the search seeds.\(pruned)")
      }
      return [grid, lines]
    }.compactMap { $0 }
    return figures.isEmpty ? [] : [.heading(level: 2, "Searches")] + titled(figures)
  }
}

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
