import Configuration
import Training

/// Paired comparisons of two sets of runs in several numbers, such as the AUC of every task, with
/// p-values corrected over all of them.
package struct ComparisonTable: Sendable {
  /// One number.
  package struct Row: Sendable {
    /// Its name.
    package let name: MetricName
    /// The mean and spread of each side.
    package let first, second: Summary
    /// The tests of the differences, first minus second.
    package let tests: PairedTests
    /// The p-values, corrected by Holm's method over the rows of the table that have one.
    package let corrected: PairedTests.Probabilities

    /// What the row says, by the corrected t-test at the .05 level.
    package var outcome: Verdict.Outcome {
      Verdict.outcome(tests.comparison, probability: corrected.t, metric: name.metric)
    }
  }

  /// The rows; numbers that are undefined on a seed are left out.
  package let rows: [Row]
  /// The numbers that are left out.
  package let undefined: [MetricName]

  /// Compares runs in some numbers.
  package init(_ runs: PairedRuns, _ names: [MetricName], effect: Double = 0.001) {
    let found = names.compactMap { name -> (MetricName, Summary, Summary, PairedTests)? in
      guard let values = runs.values(name), let first = Summary(values.first),
        let second = Summary(values.second),
        let tests = PairedTests(values.first, reference: values.second, effect: effect)
      else { return nil }
      return (name, first, second, tests)
    }
    let rows = zip(found, PairedTests.corrected(found.map(\.3))).map { found, corrected in
      Row(
        name: found.0, first: found.1, second: found.2, tests: found.3, corrected: corrected)
    }
    self.rows = rows
    undefined = names.filter { name in !rows.contains { $0.name == name } }
  }

  /// The number of rows that are tested, over which p-values are corrected.
  package var testedCount: Int { rows.count { $0.corrected.t != nil } }
}
