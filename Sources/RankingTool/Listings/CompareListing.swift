import Configuration
import Experiments
import Foundation
import Training

/// The answer to whether one model is better than another: a verdict for every task, the tables that
/// it rests on, and what they do not cover.
struct CompareListing {
  private let runs: PairedRuns
  private let table: ComparisonTable
  private let effect: Double
  /// The errors from the choice of test rows, by task; nil if nothing was predicted.
  private let areas: [String: AreaComparison]?

  init(
    _ runs: PairedRuns, _ table: ComparisonTable, effect: Double, areas: [String: AreaComparison]?
  ) {
    (self.runs, self.table, self.effect, self.areas) = (runs, table, effect, areas)
  }

  private var seedCount: Int { runs.seeds.count }

  /// The answer as text.
  var text: String {
    let seeds = runs.seeds.map(String.init).joined(separator: ", ")
    var parts = [
      "A: \(runs.first.label)\nB: \(runs.second.label)\n"
        + "test split, \(seedCount == 1 ? "seed" : "paired by seed:") \(seeds)"
    ]
    parts.append(verdicts.joined(separator: "\n"))
    parts += [tests, effects]
    if let rows = otherRows { parts.append(rows) }
    return (parts + [notes.joined(separator: "\n")]).joined(separator: "\n\n")
  }

  // MARK: - Verdicts

  /// One sentence for every number that is no cell, and one for the cells of every task.
  private var verdicts: [String] {
    let costs = [runs.first, runs.second].map {
      Verdict.Cost(
        parameters: $0.parameterCount, processorSeconds: $0.processorSecondsPerEpoch)
    }
    // Predictions of another program have no known cost.
    let hasCosts = ![runs.first, runs.second].contains(where: \.isExternal)
    var sentences = table.rows.filter { !$0.name.scope.isCell }.map { row in
      Verdict(
        (runs.first.label, runs.second.label), subject: row.name.description,
        row.tests.comparison, probability: row.corrected.t, family: table.testedCount,
        metric: row.name.metric, costs: hasCosts ? (costs[0], costs[1]) : nil
      ).sentence
    }
    let cells = table.rows.filter(\.name.scope.isCell)
    if !cells.isEmpty {
      let better = cells.filter { $0.outcome == .first }
      let worse = cells.filter { $0.outcome == .second }
      func named(_ rows: [ComparisonTable.Row]) -> String {
        rows.isEmpty ? "none" : rows.map(\.name.description).joined(separator: ", ")
      }
      sentences.append(
        "Of \(counted(cells.count, "cell")), \(runs.first.label) is better in \(better.count) "
          + "(\(named(better))) and \(runs.second.label) in \(worse.count) (\(named(worse))).")
      sentences += overCells(cells)
    }
    return sentences
  }

  /// The largest number of cells about which ``overCells(_:)`` says something: its time grows with
  /// their square.
  private static let mostCells = 300

  /// One sentence per metric on what its cells say together, each by its mean difference.
  private func overCells(_ cells: [ComparisonTable.Row]) -> [String] {
    let metrics = metricCatalog.filter { metric in
      cells.contains { $0.name.metric == metric } && metric.higherIsBetter != nil
    }
    return metrics.compactMap { metric in
      let own = cells.filter { $0.name.metric == metric }
      let differences = own.map(\.tests.comparison.difference.mean)
      guard own.count > 2, own.count <= Self.mostCells,
        let found = PracticalEquivalence.signedRank(differences, rope: effect)
      else { return nil }
      let isHigher = metric.higherIsBetter == true
      let (a, b) = isHigher ? (found.above, found.below) : (found.below, found.above)
      return "Over the \(own.count) cells of \(metric), as a sample of such cells: "
        + "\(runs.first.label) is better with probability \(fixed(a, digits: 2)), "
        + "\(runs.second.label) with \(fixed(b, digits: 2)), and with "
        + "\(fixed(found.equivalent, digits: 2)) they are within \(shortest(effect)) (Bayesian "
        + "signed-rank test; cells are taken to be independent, though tasks share rows and all share "
        + "models)."
    }
  }

  // MARK: - Tables

  private var tests: String {
    var text = TextTable(
      ["test", "A", "B", "A - B", "95 % interval", "p, t", "p, Wilcoxon", "p, permutation"])
    for row in table.rows {
      text.add([
        row.name.description, mean(row.first), mean(row.second),
        Verdict.signed(row.tests.comparison.difference.mean),
        interval(row.tests.interval),
        probability(row.corrected.t), probability(row.corrected.signedRank),
        probability(row.corrected.permutation),
      ])
    }
    return text.text
  }

  private var effects: String {
    let size = shortest(effect)
    var text = TextTable([
      "size", "shift", "95 % interval", "A better", "within \(size)", "B better", "found with n",
      "n for \(size)",
    ])
    for row in table.rows {
      let (tests, posterior) = (row.tests, row.tests.equivalence)
      let higher = row.name.metric.higherIsBetter ?? true
      func share(_ value: Double?) -> String { value.map { fixed($0, digits: 2) } ?? "-" }
      text.add([
        row.name.description, Verdict.signed(tests.shift.shift), interval(tests.shiftInterval),
        share(higher ? posterior?.above : posterior?.below), share(posterior?.equivalent),
        share(higher ? posterior?.below : posterior?.above),
        tests.detectableEffect.map { fixed($0, digits: 4) } ?? "-",
        tests.neededSeeds.map(String.init) ?? "-",
      ])
    }
    return text.text
  }

  /// The errors from the choice of test rows.
  private var otherRows: String? {
    guard let areas else { return nil }
    let found = table.rows.compactMap { row in area(row, in: areas).map { (row, $0) } }
    guard !found.isEmpty else { return nil }
    let hasGroups = areas.values.contains { ($0.groupCount ?? 0) > 1 }
    let corrected = holmCorrected(found.map { $0.1.delong?.probability })
    var text = TextTable(
      ["other rows", "A - B", "DeLong 95 %", "p, DeLong"] + (hasGroups ? ["by group 95 %"] : []))
    for (index, (row, cell)) in found.enumerated() {
      text.add(
        [
          row.name.description, Verdict.signed(cell.difference), interval(cell.delong?.interval()),
          probability(corrected[index]),
        ] + (hasGroups ? [interval(cell.byGroup)] : []))
    }
    return text.text
  }

  private func area(_ row: ComparisonTable.Row, in areas: [String: AreaComparison])
    -> AreaComparison.Cell?
  {
    guard row.name.metric == .auc else { return nil }
    switch row.name.scope {
    case .macro, .pooled: return nil
    case .task(let task): return areas[task]?.macro
    case .taskPooled(let task): return areas[task]?.pooled
    case .cell(let task, let scenario):
      return runs.grid.scenarios.firstIndex(of: scenario).flatMap { areas[task]?.scenarios[$0] }
    }
  }

  // MARK: - Notes

  /// What was used, and what it does not cover.
  private var notes: [String] {
    let tested = table.testedCount
    var notes = [
      tested == 0
        ? "No row has a p-value: that needs differences that vary over seeds."
        : "p-values are two-sided and Holm-corrected over the \(counted(tested, "row"))"
          + (tested < table.rows.count ? " that \(tested == 1 ? "has" : "have") one" : "")
          + "; a verdict takes that of the paired t-test at .05. Intervals are not corrected, so one may "
          + "exclude 0 where the verdict is a tie."
    ]
    if tested > 0, seedCount < Self.usualSeeds {
      notes.append(
        "\(seedCount) seeds are few: the t-test takes differences to be normally distributed, which so few "
          + "cannot show, and one unusual seed can make a verdict. Train \(Self.usualSeeds) or more."
      )
    }
    if tested > 0 {
      let least = PairedTests.leastProbability(pairs: seedCount, rows: tested)
      let exact = seedCount <= PermutationTest.exactLimit
      notes.append(
        "The permutation test \(exact ? "enumerates all \(1 << seedCount) assignments of signs" : "draws 99,999 assignments of signs (seed 0)"); "
          + "Wilcoxon's is \(seedCount <= SignedRankTest.exactLimit ? "exact" : "the normal approximation"). "
          + (least > Verdict.level
            ? "With \(seedCount) seeds neither can fall below \(fixed(least, digits: 3)) after correction, whatever the difference."
            : ""))
    }
    if seedCount > 1 {
      notes.append(
        "shift: Hodges-Lehmann, whose interval needs six seeds. A better, within, B better: posterior probabilities of the mean difference "
          + "(Bayesian t). found with n: the least difference that these seeds find with power 0.8; n for "
          + "\(shortest(effect)): the seeds that find it, if they go on to differ as these did.")
    }
    notes.append(
      "Not covered: seeds vary initialization, order of rows and noise on one split, so the tests are about "
        + "training again on these data, not about other data"
        + (otherRows == nil ? " or other test rows." : "."))
    if otherRows != nil {
      let groups = areas?.values.compactMap(\.groupCount).max().flatMap { $0 > 1 ? $0 : nil }
      notes.append(
        "other rows: the models as they are, on other test rows like these; AUCs are means over the seeds. "
          + "DeLong takes rows to be independent"
          + (groups.map { ", the bootstrap resamples \($0) groups with their rows (seed 0)." }
            ?? "."))
    }
    if let few = rowsWithFew, few.count > 0 {
      notes.append(
        "few rows: \(few.count) of \(counted(few.of, "cell")) have fewer than \(Self.fewRows) test rows of a "
          + "class, where DeLong's normal approximation is rough.")
    }
    if !table.undefined.isEmpty {
      notes.append(
        "left out, being undefined: "
          + table.undefined.map(\.description).joined(separator: ", "))
    }
    return notes.map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// The number of seeds below which a verdict deserves a warning.
  private static let usualSeeds = 5

  /// The number of rows of the rarer class below which a normal approximation is doubtful.
  private static let fewRows = 50

  /// How many of the cells that DeLong's test is about have few rows; nil without predictions.
  private var rowsWithFew: (count: Int, of: Int)? {
    guard areas != nil else { return nil }
    let grid = runs.grid
    let cells = table.rows.compactMap { row -> [MetricCell]? in
      guard row.name.metric == .auc else { return nil }
      switch row.name.scope {
      case .macro, .pooled: return nil
      case .task(let task): return grid.tasks.firstIndex(of: task).map { grid.cells[$0] }
      case .taskPooled(let task): return grid.tasks.firstIndex(of: task).map { [grid.pooled[$0]] }
      case .cell: return nil
      }
    }.joined()
    return (
      cells.count(where: { min($0.positives, $0.rows - $0.positives) < Self.fewRows }), cells.count
    )
  }

  // MARK: - Text of numbers

  private func mean(_ summary: Summary) -> String {
    fourDigits(summary.mean) + (summary.deviation.map { " ± \(fourDigits($0))" } ?? "")
  }

  private func interval(_ interval: ClosedRange<Double>?) -> String {
    interval.map(Verdict.text) ?? "-"
  }

  private func probability(_ value: Double?) -> String {
    value.map { Verdict.text(probability: $0) } ?? "-"
  }

  private func shortest(_ value: Double) -> String { "\(value)" }

  // MARK: - JSON

  /// The answer in machine-readable form.
  var value: ConfigurationValue {
    .object([
      "a": .string(runs.first.label), "b": .string(runs.second.label),
      "effect": .number(effect), "seeds": .list(runs.seeds.map { .integer($0) }),
      "verdicts": .list(verdicts.map { .string($0) }),
      "rows": .list(table.rows.map(value)),
      "leftOut": .list(table.undefined.map { .string($0.description) }),
    ])
  }

  private func value(_ row: ComparisonTable.Row) -> ConfigurationValue {
    func number(_ value: Double?) -> ConfigurationValue { value.map { .number($0) } ?? .null }
    func pair(_ range: ClosedRange<Double>?) -> ConfigurationValue {
      range.map { .list([.number($0.lowerBound), .number($0.upperBound)]) } ?? .null
    }
    let tests = row.tests
    var fields: [String: ConfigurationValue] = [
      "name": .string(row.name.description), "outcome": .string(row.outcome.rawValue),
      "means": .list([.number(row.first.mean), .number(row.second.mean)]),
      "differences": .list(tests.differences.map { .number($0) }),
      "difference": .number(tests.comparison.difference.mean),
      "interval": pair(tests.interval),
      "probabilities": .object([
        "t": number(tests.comparison.probability), "tCorrected": number(row.corrected.t),
        "wilcoxon": number(tests.signedRank?.probability),
        "wilcoxonCorrected": number(row.corrected.signedRank),
        "permutation": number(tests.permutation?.probability),
        "permutationCorrected": number(row.corrected.permutation),
      ]),
      "shift": .number(tests.shift.shift), "shiftInterval": pair(tests.shiftInterval),
      "posterior": .object([
        "below": number(tests.equivalence?.below),
        "equivalent": number(tests.equivalence?.equivalent),
        "above": number(tests.equivalence?.above),
      ]),
      "detectableEffect": number(tests.detectableEffect),
      "neededSeeds": tests.neededSeeds.map { .integer($0) } ?? .null,
    ]
    if let areas, let cell = area(row, in: areas) {
      fields["otherRows"] = .object([
        "difference": .number(cell.difference),
        "standardError": number(cell.delong?.standardError),
        "interval": pair(cell.delong?.interval()),
        "probability": number(cell.delong?.probability), "byGroup": pair(cell.byGroup),
      ])
    }
    return .object(fields)
  }
}
