import Configuration
import Experiments
import Training

extension GridContent {
  private static let digits = 4

  /// Returns the report as a document: the answer in words, a table of values and one of advantages
  /// for every number, heat maps if wanted, settings and notes.
  func document(figures: Bool) throws -> ReportDocument {
    var document = ReportDocument(title: specification.title)
    if !specification.caption.isEmpty { document.blocks.append(.paragraph(specification.caption)) }
    let answer = try answerSentences()
    if !answer.isEmpty { document.blocks.append(.list(answer)) }
    for metric in specification.metrics {
      document.blocks.append(
        .heading(level: 2, "\(metric.title): \(metric.explanation); \(metric.direction)"))
      for task in tasks {
        let name = MetricName(metric, .task(task))
        let advantages = try advantages(name)
        document.blocks += [
          .heading(level: 3, "\(metric.title) of \(task)"), .table(try values(name)),
        ]
        document.blocks += try spreadBlocks(name)
        if let reference = specification.reference, !advantages.isEmpty {
          document.blocks += [
            .heading(level: 3, "\(metric.title) of \(task): \(reference) minus others"),
            .table(table(advantages)),
          ]
        }
        if figures { document.blocks += maps(name, advantages).map { .figure($0) } }
      }
    }
    document.blocks += [
      .heading(level: 2, "Settings"), .list(settings), .heading(level: 2, "Notes"),
      .notes(notes),
    ]
    document.distinguishFigures()
    return document
  }

  // MARK: - Words

  /// Returns where the reference is better, worse, or neither.
  func answerSentences() throws -> [String] { try names.flatMap(sentences) }

  /// Returns one sentence per rival on where the reference is better, worse, or neither.
  private func sentences(_ name: MetricName) throws -> [String] {
    guard let reference = specification.reference, name.metric.higherIsBetter != nil else {
      return []
    }
    let advantages = try advantages(name)
    let tested = advantages.count { $0.probability != nil }
    return labels.filter { $0 != reference }.map { rival in
      let own = advantages.filter { $0.rival == rival }
      func count(_ outcome: Verdict.Outcome) -> Int {
        own.count { $0.outcome(name.metric) == outcome }
      }
      let open = count(.undecided)
      return "\(name): \(reference) is better than \(rival) on \(count(.first)), worse on "
        + "\(count(.second)) and tied on \(count(.tie)) of \(counted(cells.count, "data set"))"
        + (open == 0 ? "" : ", and not tested on \(open)")
        + " (paired t-tests, Holm over \(counted(tested, "comparison")))."
    }
  }

  private var settings: [String] {
    let searched = specification.rows.filter { $0.budget > 0 }.map(\.label)
    guard searched.isEmpty else {
      return [
        "Settings were searched on every data set by itself; those that were chosen are in "
          + "runs.jsonl."
      ]
    }
    return cells.lazy.map(\.content).first { !$0.results.lines.isEmpty }?.settingsLines()
      ?? ["No run is done."]
  }

  private var notes: [String] {
    var notes = [
      "Every line is a data set of its own; \(grid.axes.map(\.title).joined(separator: " and ")) vary.",
      "Test split; mean over scenarios; mean ± sample standard deviation (divisor n - 1) over the seeds "
        + specification.seeds.map(String.init).joined(separator: ", ")
        + "; (n = …) where runs are missing.",
    ]
    if let reference = specification.reference {
      notes.append(
        "Differences: \(reference) minus the row on the same seed, mean with 95 % interval by t; p: "
          + "two-sided paired t-test, Holm-corrected over all data sets and rows of the table. Better, "
          + "worse and tied are by the corrected p at \(fixed(Verdict.level, digits: 2)).")
    }
    notes.append(
      "Seeds vary initial weights and the order of rows, not the data: how much results would differ on "
        + "other draws of the same kind is not covered"
        + (grid.axes.contains { $0.names.contains("seed") }
          ? " but by the axis of data seeds." : "."))
    if cells.contains(where: { $0.content.ceilings != nil }) {
      notes.append(
        "best reachable: the expected AUC of the probabilities from which the labels were drawn, on the "
          + "rows of the test split.")
    }
    return notes
  }

  // MARK: - Tables

  private func values(_ name: MetricName) throws -> ReportTable {
    let hasCeilings = cells.contains { $0.content.ceiling(name) != nil }
    var table = ReportTable(
      headings: grid.axes.map(\.title) + labels
        + (hasCeilings ? [ExperimentSpecification.ceilingLabel] : []), rows: [])
    for cell in cells {
      let summaries = try cell.content.rows.map { Summary(try $0.values(name)) }
      let ranks = ReportTable.ranks(
        summaries.map { $0.flatMap { Double(fixed($0.mean, digits: Self.digits)) } },
        higherIsBetter: name.metric.higherIsBetter)
      let measured = zip(summaries, ranks).map { summary, rank -> ReportTable.Cell in
        summary.map { .number(text($0), rank) } ?? .dash
      }
      let ceiling =
        cell.content.ceiling(name)
        .map { ReportTable.Cell.number(fixed($0, digits: Self.digits), .other) } ?? .dash
      table.rows.append(places(of: cell) + measured + (hasCeilings ? [ceiling] : []))
    }
    return table
  }

  private func table(_ advantages: [Advantage]) -> ReportTable {
    let rivals = labels.filter { $0 != specification.reference }
    var table = ReportTable(headings: grid.axes.map(\.title) + rivals, rows: [])
    for (index, cell) in cells.enumerated() {
      table.rows.append(
        places(of: cell)
          + rivals.map { rival in
            let own = advantages.first { $0.cell == index && $0.rival == rival }
            guard let own, let comparison = own.comparison else { return .dash }
            let interval = comparison.interval().map { " (\(Verdict.text($0))" } ?? " ("
            let probability =
              own.probability.map { "p \(Verdict.text(probability: $0, sign: "= "))" } ?? "no p"
            return .text(
              Verdict.signed(comparison.difference.mean) + interval
                + (comparison.interval() == nil ? "" : "; ") + probability + ")")
          })
    }
    return table
  }

  private func places(of cell: Cell) -> [ReportTable.Cell] {
    zip(grid.axes, cell.declared.positions).map { axis, position in
      .text(axis.valueText(position))
    }
  }

  private func text(_ summary: Summary) -> String {
    fixed(summary.mean, digits: Self.digits)
      + (summary.deviation.map { " ± \(fixed($0, digits: Self.digits))" } ?? "")
      + (summary.count == specification.seeds.count ? "" : " (n = \(summary.count))")
  }
}

extension GridContent {
  /// How much rows spread over data that differ in nothing but their seed; empty if anything else
  /// varies.
  ///
  /// The values are the means over seeds of runs, one for every data set on which a row has all runs.
  private func spreadBlocks(_ name: MetricName) throws -> [ReportDocument.Block] {
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
