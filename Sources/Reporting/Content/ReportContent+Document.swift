import Configuration
import Experiments
import Training

extension ReportContent {
  /// The number of decimals of metrics in tables.
  ///
  /// Ranks are based on the displayed values.
  private static let digits = 4

  /// Returns the report as a document with the given sections.
  func document(_ sections: [ReportSection]) throws -> ReportDocument {
    var document = ReportDocument(title: specification.title)
    if !specification.caption.isEmpty { document.blocks.append(.paragraph(specification.caption)) }
    for section in sections { document.blocks += try section.blocks(self) }
    document.distinguishFigures()
    return document
  }

  fileprivate func metricBlocks() throws -> [ReportDocument.Block] {
    try specification.metrics.flatMap { metric -> [ReportDocument.Block] in
      let heading = "\(metric.title): \(metric.explanation); \(metric.direction)"
      return try [.heading(level: 2, heading)]
        + tasks.flatMap { task -> [ReportDocument.Block] in
          let table = try table(metric, task: task)
          return [
            .heading(level: 3, "\(metric.title) of \(task)"),
            .table(isTransposed ? table.transposed(corner: "scenario") : table),
          ]
        }
    }
  }

  /// Whether scenarios are rows and models are columns, because there are too many scenarios for
  /// columns.
  private var isTransposed: Bool { hasLaterSemantics && scenarios.count > 6 }

  // MARK: - Tables

  fileprivate func summaryBlocks() throws -> [ReportDocument.Block] {
    guard hasLaterSemantics else { return [.table(try summaryOfEarlierRuns())] }
    var blocks: [ReportDocument.Block] = []
    for metric in specification.metrics {
      let columns = tasks.flatMap { task in
        [
          Column(heading: "\(task) macro", name: MetricName(metric, .task(task))),
          Column(heading: "\(task) pooled", name: MetricName(metric, .taskPooled(task))),
        ]
      }
      var table = try measured(columns)
      table.headings.append("n")
      for (index, row) in rows.enumerated() { table.rows[index].append(.text(countText(row))) }
      addCeilings(columns, to: &table)
      blocks += [.heading(level: 3, metric.title), .table(table)]
    }
    return blocks + [.heading(level: 3, "Size and cost"), .table(costTable())]
  }

  private func summaryOfEarlierRuns() throws -> ReportTable {
    let columns = macroColumns
    var table = try measured(columns)
    table.headings += ["n", "parameters", "s/epoch", "trials"]
    for (index, row) in rows.enumerated() {
      table.rows[index] += [
        .text(countText(row)), parameterCell(row), secondsCell(row),
        row.isExternal ? .dash : .text("\(row.declared.trialCount)"),
      ]
    }
    addCeilings(columns, to: &table)
    return table
  }

  /// The macro means of all metrics and tasks.
  private var macroColumns: [Column] {
    specification.metrics.flatMap { metric in
      tasks.map { Column(heading: "\(metric.title) \($0)", name: MetricName(metric, .task($0))) }
    }
  }

  private func table(_ metric: Metric, task: String) throws -> ReportTable {
    let columns = columns(metric, task: task)
    var table = try measured(columns)
    table.headings.append("n")
    for (index, row) in rows.enumerated() { table.rows[index].append(.text(countText(row))) }
    addCeilings(columns, to: &table)
    addPublished(columns, to: &table)
    return table
  }

  /// Adds rows with the best reachable values and with those of the true probabilities, if any are
  /// known.
  private func addCeilings(
    _ columns: [Column], to table: inout ReportTable
  ) {
    for (label, ceiling) in [
      (ExperimentSpecification.ceilingLabel, ceiling),
      (ExperimentSpecification.realizedCeilingLabel, realizedCeiling),
    ] where columns.contains(where: { ceiling($0.name) != nil }) {
      let values =
        columns.map { column in
          ceiling(column.name).map { .number(fixed($0, digits: Self.digits), .other) } ?? .dash
        } as [ReportTable.Cell]
      let rest = table.headings.count - 1 - columns.count
      table.rows.append([.text(label)] + values + Array(repeating: .text(""), count: rest))
    }
  }

  /// Adds one column for each column and source with a published number.
  private func addPublished(
    _ columns: [Column], to table: inout ReportTable
  ) {
    for column in columns {
      for (index, block) in specification.published.enumerated()
      where block.values.contains(where: { $0.metric == column.name }) {
        table.headings.append("\(column.heading), published [\(sourceNote(index))]")
        for place in table.rows.indices {
          let value =
            rows.indices.contains(place)
            ? published(column.name, row: rows[place].label).first { $0.source == index + 1 } : nil
          table.rows[place].append(
            value.map { .number(fixed($0.value, digits: Self.digits), .other) } ?? .dash)
        }
      }
    }
  }

  /// Returns a ranked table with a row per model and a column per number.
  private func measured(_ columns: [Column]) throws -> ReportTable {
    var table = ReportTable(
      headings: ["model"] + columns.map(\.heading), rows: rows.map { [.text($0.label)] })
    for column in columns {
      let summaries = try rows.map { Summary(try $0.values(column.name)) }
      let shown = summaries.map { $0.flatMap { Double(fixed($0.mean, digits: Self.digits)) } }
      let ranks = ReportTable.ranks(
        shown, higherIsBetter: column.name.metric.higherIsBetter)
      for (index, summary) in summaries.enumerated() {
        table.rows[index].append(
          summary.map { .number(Self.text($0), ranks[index]) } ?? .dash)
      }
    }
    return table
  }

  private static func text(_ summary: Summary, digits: Int = digits) -> String {
    fixed(summary.mean, digits: digits)
      + (summary.deviation.map { " ± \(fixed($0, digits: digits))" } ?? "")
  }

  private func countText(_ row: ReportRow) -> String {
    let expected = specification.seeds.count
    return row.records.count == expected ? "\(expected)" : "\(row.records.count)/\(expected)"
  }

  private func parameterCell(_ row: ReportRow) -> ReportTable.Cell {
    guard let first = row.records.first, !row.isExternal else { return .dash }
    return .text("\(first.parameterCount)")
  }

  private func secondsCell(_ row: ReportRow) -> ReportTable.Cell {
    guard !row.isExternal, let summary = Summary(row.records.map(\.timing.secondsPerEpoch)) else {
      return .dash
    }
    return .text(fixed(summary.mean, digits: 2))
  }

  // MARK: - Comparison

  fileprivate func comparisonBlocks() throws -> [ReportDocument.Block] {
    guard let reference else { return [] }
    let others = rows.filter { $0.label != reference.label }
    let heading = ReportDocument.Block.heading(
      level: 2, "Paired differences from \(reference.label)")
    guard hasLaterSemantics else {
      return [heading, .table(try comparison(of: others, with: reference, macroColumns))]
    }
    return [heading]
      + (try specification.metrics.flatMap { metric -> [ReportDocument.Block] in
        let columns = tasks.map { Column(heading: $0, name: MetricName(metric, .task($0))) }
        return [
          .heading(level: 3, metric.title),
          .table(try comparison(of: others, with: reference, columns)),
        ]
      })
  }

  private func comparison(of others: [ReportRow], with reference: ReportRow, _ columns: [Column])
    throws -> ReportTable
  {
    var table = ReportTable(
      headings: ["model"] + columns.map(\.heading), rows: others.map { [.text($0.label)] })
    for column in columns {
      let comparisons = try comparisons(of: others, with: reference, in: column.name)
      for (index, (comparison, corrected)) in comparisons.enumerated() {
        guard let comparison else {
          table.rows[index].append(.dash)
          continue
        }
        let sign = comparison.difference.mean >= 0 ? "+" : ""
        let probability = corrected.map { "p = \(fixed($0, digits: 4))" } ?? "no p"
        table.rows[index].append(
          .text(
            "\(sign)\(Self.text(comparison.difference)) "
              + "(\(probability), n = \(comparison.difference.count))"))
      }
    }
    return table
  }
}

extension ReportSection {
  /// The headline numbers and the cost of all rows.
  static let summary = ReportSection {
    [.heading(level: 2, "Summary")] + (try $0.summaryBlocks())
  }

  /// One table per metric and task, with all scenarios.
  static let metrics = ReportSection { try $0.metricBlocks() }

  /// Paired differences from the reference row.
  static let comparisons = ReportSection { try $0.comparisonBlocks() }

  /// The settings of every row, searched and fixed.
  static let settings = ReportSection {
    [.heading(level: 2, "Settings"), .list($0.settingsLines())]
  }

  /// How numbers were obtained, what is missing, and how models deviate from their papers.
  static let notes = ReportSection {
    [.heading(level: 2, "Notes"), .notes(try $0.notes())]
  }
}
