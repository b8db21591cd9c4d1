import Configuration
import Experiments
import ExperimentsTestKit
import Foundation
import Reporting
import TestKit
import Testing
import Training

/// What `report --statistics` adds to a report.
@Suite struct StatisticsSectionTests {
  private static let yaml = """
    id: toy
    dataset: {cache: nowhere}
    models:
      - {id: alpha}
      - {id: beta}
      - {id: beta, label: Third}
    seeds: 5
    metrics: [auc, logLoss, copc]
    """

  /// Returns the Markdown of runs whose AUC is given by row, task and seed.
  private func markdown(
    _ yaml: String = yaml, statistics: Bool = true,
    seeds: (String) -> ClosedRange<Int> = { _ in 1...5 },
    auc: (_ row: String, _ task: Int, _ seed: Int) -> Double
  ) throws -> String {
    let spec = try specification(yaml)
    let lines = try plan(spec).runs { _ in nil }.flatMap { run -> [Results.Line] in
      guard seeds(run.row).contains(run.configuration.seed) else { return [] }
      var record = fakeRecord(run.configuration)
      let values = (0..<2).map { auc(run.row, $0, run.configuration.seed) }
      func cell(_ value: Double) -> MetricCell {
        MetricCell(
          rows: 100, positives: 60, values: [.auc: value, .logLoss: 1 - value, .copc: 1])
      }
      record.test = MetricGrid(
        tasks: ["click", "buy"], scenarios: ["NL", "FR"],
        cells: values.map { [cell($0 - 0.01), cell($0 + 0.01)] }, pooled: values.map(cell))
      record.ceilings = nil
      return [Results.Line(of: run, outcome: .done(record))]
    }
    let report = try Report.make(
      specification: spec, results: Results(lines: lines), catalog: toyCatalog,
      statistics: statistics)
    return try #require(report.text("table.md"))
  }

  /// Alpha is ahead by .01 with little spread in clicks; in purchases all are alike.
  private func auc(row: String, task: Int, seed: Int) -> Double {
    let noise = 0.0004 * Double(seed * (["Alpha": 1, "Third": 3][row] ?? 2) % 5)
    return 0.7 + (row == "Alpha" && task == 0 ? 0.01 : 0) + noise
  }

  @Test func aVerdictStandsAboveTheTables() throws {
    let text = try markdown(auc: auc)
    let lines = text.split(separator: "\n").prefix { !$0.hasPrefix("## ") }
    #expect(lines.count(where: { $0.hasPrefix("- ") }) == 4)
    #expect(lines.contains { $0.hasPrefix("- auc/click: Alpha, 0.71") })
    #expect(lines.contains { $0.contains("auc/click") && $0.contains("better than every other") })
    #expect(lines.contains { $0.contains("logLoss/click") && $0.contains("better than every") })
    let tie = try #require(lines.first { $0.hasPrefix("- auc/buy") })
    #expect(tie.contains("is tied with") && tie.contains("The cheapest of them is"))
    // A metric without a direction has no verdict.
    #expect(!lines.contains { $0.contains("copc") })
  }

  @Test func theSectionHasTestsWinsSkillAndReliability() throws {
    let text = try markdown(auc: auc)
    for heading in [
      "## Statistics", "### auc/click: differences from Alpha", "### AUC: wins",
      "### Log loss: wins", "### Skill", "### Reliability of the order of models",
      "### What was used",
    ] {
      #expect(text.contains("\n\(heading)\n"), "\(heading)")
    }
    #expect(!text.contains("### COPC: wins") && !text.contains("Expected best"))
    // In half of the cells Alpha always wins, in the other half the order follows the noise.
    let wins = try #require(text.split(separator: "\n").first { $0.hasPrefix("| Alpha | — | 0.") })
    #expect(wins.contains("(1.00 to ") && wins.hasSuffix(" |"))
    #expect(text.contains("| average rank | interquartile mean |"))
    #expect(text.contains("With 5 seeds neither can fall below 0.125 after correction."))
    #expect(text.contains("critical-difference diagram"))
    #expect(text.contains("Intervals are not corrected, so one may exclude 0"))
  }

  @Test func rowsWithFixedSeedsShowTheirShareOfTheVariance() throws {
    let yaml = Self.yaml.replacing(
      "- {id: alpha}",
      with: """
        - {id: alpha}
          - {id: alpha, label: Order, training: {fixedSeeds: {initialization: 1, noise: 1}}}
          - {id: alpha, label: Still, training: {fixedSeeds: {initialization: 1, order: 1, noise: 1}}}
        """)
    let spread = ["Alpha": 0.004, "Order": 0.002, "Still": 0]
    let text = try markdown(yaml) { row, _, seed in
      0.7 + (spread[row] ?? 0.001) * Double(seed - 3)
    }
    let lines = text.split(separator: "\n").drop { $0 != "### auc/click: spread over seeds" }
    func line(_ start: String) throws -> String {
      String(try #require(lines.first { $0.hasPrefix("| \(start) |") }))
    }
    // The standard deviation of -2, …, 2 is √2.5; SciPy's bounds for n = 5 are .5991 and 2.8736 of it.
    #expect(
      try line("model | varies")
        == "| model | varies | standard deviation | 95 % interval | share of variance |")
    #expect(try line("Alpha") == "| Alpha | everything | 0.00632 | 0.00379 to 0.01817 | 100.0 % |")
    #expect(try line("Order") == "| Order | order | 0.00316 | 0.00189 to 0.00909 | 25.0 % |")
    #expect(try line("Still") == "| Still | nothing | 0.00000 | 0.00000 to 0.00000 | 0.0 % |")
    #expect(text.contains("need not add up to 100 %."))
  }

  @Test func theSpreadOfOrdinaryRowsHasAnIntervalOnly() throws {
    let text = try markdown(auc: auc)
    #expect(text.contains("\n| model | standard deviation | 95 % interval |\n"))
    #expect(!text.contains("| varies |") && !text.contains("share of variance"))
  }

  @Test func withoutItTheReportIsAsBefore() throws {
    let (plain, more) = (
      try markdown(statistics: false, auc: auc), try markdown(statistics: true, auc: auc)
    )
    #expect(!plain.contains("Statistics") && !plain.contains("- auc/click: Alpha"))
    // Everything else stands in the same order.
    var rest = more.split(separator: "\n")[...]
    for line in plain.split(separator: "\n") {
      guard let place = rest.firstIndex(of: line) else {
        Issue.record("missing, or in another place: \(line)")
        break
      }
      rest = rest[(place + 1)...]
    }
  }

  @Test func aDifferenceThatIsTheSameOnAllSeedsIsNotTested() throws {
    let text = try markdown { row, _, _ in row == "Alpha" ? 0.8 : row == "Third" ? 0.6 : 0.7 }
    let verdict = try #require(text.split(separator: "\n").first { $0.hasPrefix("- auc/click") })
    #expect(verdict.contains("Alpha, 0.8000, has the best mean. Not tested, the difference being"))
    #expect(verdict.contains("'Third'") && !verdict.contains("cheapest"))
    #expect(text.contains("| Third | -0.2000 | — | — | — | — |"))
    #expect(text.contains("| Third | -0.2000 | — | — | — | — | — | — |"))
    #expect(!text.contains("neither can fall below"))
  }

  @Test func ofManyTiedRowsOnlyTheOthersAreNamed() throws {
    let rows = (1...7).map { "  - {id: beta, label: Like \($0)}\n" }.joined()
    let yaml = Self.yaml.replacing("seeds: 5", with: rows + "seeds: 5")
    let text = try markdown(yaml) { row, task, seed in
      if row == "Third" { return 0.6 + 0.0004 * Double(seed * seed % 5) }
      return 0.7 + 0.0004 * Double(seed * (row.utf8.reduce(0) { $0 + Int($1) } % 7) % 5)
    }
    let verdict = try #require(text.split(separator: "\n").first { $0.hasPrefix("- auc/click") })
    #expect(verdict.contains("is tied with 8 of 9 others ("))
    #expect(verdict.contains(") and better than 'Third'."))
  }

  @Test func rowsOfTheSameValuesAreTied() throws {
    let text = try markdown { row, _, seed in
      ["Alpha", "Third"].contains(row) ? 0.8 : 0.6 + 0.0004 * Double(seed)
    }
    let verdict = try #require(text.split(separator: "\n").first { $0.hasPrefix("- auc/click") })
    #expect(
      verdict.contains(
        "Alpha, 0.8000, is tied with 'Third' (the same values; paired t-tests over 5 seeds, Holm over "
          + "2 pairs) and better than "))
    #expect(verdict.contains("The cheapest of them is Alpha"))
  }

  @Test func rowsWithoutAllSeedsAreNotJudged() throws {
    let text = try markdown(seeds: { $0 == "Third" ? 1...4 : 1...5 }, auc: auc)
    #expect(text.contains("Not judged, for lack of seeds: Third."))
    #expect(
      text.contains("Rows without all seeds are left out of tests and verdicts: auc/click: Third"))
    #expect(!text.contains("| Third | +") && !text.contains("| Third | -"))
  }

  @Test func oneSeedGivesNoVerdict() throws {
    let text = try markdown(Self.yaml.replacing("seeds: 5", with: "seeds: 1"), auc: auc)
    #expect(text.contains("is best on the one seed, which is no verdict."))
    #expect(text.contains("Nothing is tested, since there is one seed."))
    #expect(!text.contains("p, permutation"))
    // No interval over one seed: the last column is the interquartile mean.
    let wins = try #require(text.split(separator: "\n").first { $0.hasPrefix("| Alpha | — | 0.") })
    #expect(wins.split(separator: "|").last?.contains(" to ") == false)
  }

  @Test func searchesHaveABudgetCurve() throws {
    let searched = Self.yaml.replacing(
      "seeds: 5", with: "seeds: 2\nsearch: {strategy: random, trials: 4}")
    let spec = try specification(searched)
    let plan = try plan(spec)
    var known: [String: RunOutcome] = [:]
    for run in try plan.runs(outcome: { _ in nil }) {
      known[run.id] = .done(fakeRecord(run.configuration))
    }
    let lines = try plan.runs { known[$0] }.map { run in
      Results.Line(of: run, outcome: known[run.id] ?? .done(fakeRecord(run.configuration)))
    }
    let report = try Report.make(
      specification: spec, results: Results(lines: lines), catalog: toyCatalog, statistics: true)
    let text = try #require(report.text("table.md"))
    #expect(text.contains("### Expected best auc/macro on validation by number of trials"))
    #expect(text.contains("| trials | 1 | 2 | 4 |"))
  }
}
