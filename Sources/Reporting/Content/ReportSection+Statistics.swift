import Configuration
import Experiments
import Training

extension ReportSection {
  /// The tests behind the verdicts, the sizes of differences, wins, and how reliable all this is.
  static let statistics = ReportSection { content in
    let names = content.rankedMetrics
      .flatMap { metric in content.tasks.map { MetricName(metric, .task($0)) } }
    let scores = try names.map { try SeedScores($0, in: content) }.filter { $0.entries.count > 1 }
    guard !scores.isEmpty else { return [] }
    var blocks: [ReportDocument.Block] = [.heading(level: 2, "Statistics")]
    for score in scores where content.hasIntervals {
      guard let reference = content.reference(of: score) else { continue }
      let comparisons = score.comparisons(against: reference)
      blocks += [
        .heading(
          level: 3,
          "\(score.name): differences from \(score.entries[reference].row.label)"),
        .table(SeedScores.tests(comparisons)), .table(score.sizes(comparisons)),
      ]
    }
    blocks += try content.winBlocks()
    blocks += content.skillBlocks(scores)
    blocks += content.spreadBlocks(scores)
    blocks += content.reliabilityBlocks(scores)
    blocks += content.budgetBlocks()
    return blocks + [.heading(level: 3, "What was used"), .list(content.coverage(scores))]
  }
}

extension ReportContent {
  /// The difference that matters, in the units of the metric.
  fileprivate static let effect = 0.001

  /// The row that others are compared with: the reference of the experiment, else the best.
  fileprivate func reference(of scores: SeedScores) -> Int? {
    scores.entries.firstIndex { $0.row.label == specification.reference } ?? scores.best
  }

  // MARK: - Skill

  /// How much of what can be gained is gained: AUC between a random order and the best reachable.
  fileprivate func skillBlocks(_ scores: [SeedScores]) -> [ReportDocument.Block] {
    let areas = scores.filter { $0.name.metric == .auc }
    guard !areas.isEmpty else { return [] }
    var table = ReportTable(
      headings: ["model"] + areas.flatMap { ["\($0.name) skill", "improvability"] }, rows: [])
    for row in rows {
      table.rows.append(
        [.text(row.label)]
          + areas.flatMap { score -> [ReportTable.Cell] in
            guard let scale = SkillScale(floor: 0.5, ceiling: ceiling(score.name) ?? 1),
              let best = score.best.map({ score.entries[$0].mean }),
              let own = score.entries.first(where: { $0.row.label == row.label })?.mean
            else { return [.dash, .dash] }
            return [
              .text(fixed(scale.skill(own), digits: 3)),
              scale.improvability(own, best: best).map { .text(fixed($0, digits: 3)) } ?? .dash,
            ]
          })
    }
    return [
      .heading(level: 3, "Skill"), .table(table),
      .paragraph(
        "skill: 0 for a random order, an AUC of .5, and 1 for \(ceilings == nil ? "a perfect one, 1" : "the best reachable AUC"). improvability: the share of what a row lacks of skill 1 that the best row does not lack."
      ),
    ]
  }

  // MARK: - Reliability

  fileprivate func reliabilityBlocks(_ scores: [SeedScores]) -> [ReportDocument.Block] {
    var table = ReportTable(
      headings: [
        "number", "correlation of two seeds",
        "reliability of \(counted(specification.seeds.count, "seed"))",
        "seeds for .9",
      ], rows: [])
    for score in scores where score.entries.count > 2 {
      let bySeed = specification.seeds.indices.map { seed in
        score.entries.map { $0.values[seed] }
      }
      guard let order = OrderReliability(bySeed) else { continue }
      table.rows.append([
        .text(score.name.description), .text(fixed(order.correlation, digits: 2)),
        .text(fixed(order.reliability, digits: 2)),
        order.seeds().map { .text("\($0)") } ?? .dash,
      ])
    }
    guard !table.rows.isEmpty else { return [] }
    return [
      .heading(level: 3, "Reliability of the order of models"), .table(table),
      .paragraph(
        "Mean rank correlation between the orders that two seeds give, and by the Spearman-Brown formula the reliability of the order by all seeds, and the seeds that make it .9; a dash where single seeds do not agree at all."
      ),
    ]
  }

  // MARK: - Budget

  /// The best validation score to be expected of fewer trials, where trials do not depend on each other.
  fileprivate func budgetBlocks() -> [ReportDocument.Block] {
    let metric = specification.selection.metric
    let searched = expectedBest()
    guard let most = searched.map(\.1.trialCount).max() else { return [] }
    let budgets = (0...20).map { 1 << $0 }.filter { $0 < most } + [most]
    var table = ReportTable(headings: ["trials"] + budgets.map(String.init), rows: [])
    for (row, curve) in searched {
      table.rows.append(
        [.text(row.label)]
          + budgets.map { trials in
            guard trials <= curve.trialCount else { return .dash }
            let best = curve.value(trials: trials)
            return .text("\(fixed(best.mean, digits: 4)) ± \(fixed(best.deviation, digits: 4))")
          })
    }
    return [
      .heading(level: 3, "Expected best \(metric) on validation by number of trials"),
      .table(table),
      .paragraph(
        "Of as many trials drawn with replacement from those that were trained to their end (Dodge et al., 2019), ± the standard deviation over such searches. Not for strategies that learn from results, whose trials are no independent draws; trial 0 of a random search, the defaults, counts as one of them."
      ),
    ]
  }

  /// Returns the curves of the searches that are over and whose trials do not depend on each other.
  func expectedBest() -> [(row: ReportRow, curve: ExpectedBest)] {
    rows.compactMap { row in
      let scores = row.scores.sorted { $0.key < $1.key }.map(\.value).filter { $0.share == 1 }
      guard !row.declared.search.strategy.isAdaptive, row.missingTrials == 0,
        scores.count > 2
      else { return nil }
      return ExpectedBest(
        scores.map(\.value),
        higherIsBetter: specification.selection.metric.metric.higherIsBetter ?? true
      ).map { (row, $0) }
    }
  }

  // MARK: - Coverage

  fileprivate func coverage(_ scores: [SeedScores]) -> [String] {
    guard hasIntervals else { return ["Nothing is tested, since there is one seed."] }
    let seeds = specification.seeds.count
    let leftOut = scores.filter { !$0.leftOut.isEmpty }
      .map { "\($0.name): \($0.leftOut.joined(separator: ", "))" }
    // The smallest family of a table: its bound holds for all.
    let tested = scores.compactMap { score in
      reference(of: score).map { reference in
        score.comparisons(against: reference).count { $0.tests.comparison.probability != nil }
      }
    }.filter { $0 > 0 }
    let least = PairedTests.leastProbability(pairs: seeds, rows: tested.min() ?? 1)
    var notes = [
      "Differences are paired by seed, all on the test split. p-values are two-sided; t, Wilcoxon and permutation are each Holm-corrected over the rows of their table that have a p-value. Intervals are not corrected, so one may exclude 0 where the verdict is a tie. Wilcoxon's test is exact up to 50 seeds, zeros left out; permutations are enumerated up to 16 seeds, else 99,999 are drawn (seed 0)."
        + (!tested.isEmpty && least > Verdict.level
          ? " With \(counted(seeds, "seed")) neither can fall below \(fixed(least, digits: 3)) after correction."
          : ""),
      "Verdicts take the paired t-test, Holm-corrected over all pairs of rows that have a p-value, at the .05 level. Rows whose difference is the same on all seeds, such as two that do not depend on the seed, have no test: they are tied if their values are the same, and otherwise named as not tested. A tie goes to the row with fewest parameters.",
      "shift: Hodges-Lehmann estimate, whose 95 % interval needs six seeds. better, within \(Self.effect), worse: posterior probabilities of the mean difference by the Bayesian t-test of independent seeds. found: the least difference that these seeds find with power .8. seeds for \(Self.effect): how many find such a difference, if seeds go on to spread as these did.",
      "Not covered: seeds vary initialization, order of rows and noise on one split. Other rows, other data sets and other search budgets may order the models differently; 'aesm2 compare --data' adds the error that comes from the choice of test rows.",
    ]
    if !leftOut.isEmpty {
      notes.append(
        "Rows without all seeds are left out of tests and verdicts: \(leftOut.joined(separator: "; "))."
      )
    }
    return notes
  }
}

extension SeedScores {
  typealias LabeledTests = (label: String, tests: PairedTests)

  /// The tests of every other row against one.
  fileprivate func comparisons(against reference: Int) -> [LabeledTests] {
    entries.indices.filter { $0 != reference }.compactMap { index in
      PairedTests(
        entries[index].values, reference: entries[reference].values, effect: ReportContent.effect
      ).map { (entries[index].row.label, $0) }
    }
  }

  /// The table of differences and p-values.
  fileprivate static func tests(_ comparisons: [LabeledTests]) -> ReportTable {
    func p(_ value: Double?) -> ReportTable.Cell {
      value.map { .text(Verdict.text(probability: $0)) } ?? .dash
    }
    return ReportTable(
      headings: ["model", "difference", "95 % interval", "p, t", "p, Wilcoxon", "p, permutation"],
      rows: zip(comparisons, PairedTests.corrected(comparisons.map(\.tests))).map { entry, found in
        [
          .text(entry.label), .text(Verdict.signed(entry.tests.comparison.difference.mean)),
          Self.cell(entry.tests.interval), p(found.t), p(found.signedRank), p(found.permutation),
        ]
      })
  }

  /// The table of the sizes of differences.
  fileprivate func sizes(_ comparisons: [LabeledTests]) -> ReportTable {
    let higher = name.metric.higherIsBetter ?? true
    let effect = ReportContent.effect
    func share(_ value: Double?) -> ReportTable.Cell {
      value.map { .text(fixed($0, digits: 2)) } ?? .dash
    }
    return ReportTable(
      headings: [
        "model", "shift", "95 % interval", "better", "within \(effect)", "worse", "found",
        "seeds for \(effect)",
      ],
      rows: comparisons.map { label, tests in
        let posterior = tests.equivalence
        return [
          .text(label), .text(Verdict.signed(tests.shift.shift)), Self.cell(tests.shiftInterval),
          share(higher ? posterior?.above : posterior?.below), share(posterior?.equivalent),
          share(higher ? posterior?.below : posterior?.above),
          tests.detectableEffect.map { .text(fixed($0, digits: 4)) } ?? .dash,
          tests.neededSeeds.map { .text("\($0)") } ?? .dash,
        ]
      })
  }

  private static func cell(_ interval: ClosedRange<Double>?) -> ReportTable.Cell {
    interval.map { .text(Verdict.text($0)) } ?? .dash
  }
}
