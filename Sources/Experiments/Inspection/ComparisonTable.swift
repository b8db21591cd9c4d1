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
    /// The p-values of the t-test, Wilcoxon's test and the permutation test, each corrected by Holm's
    /// method over the rows of the table.
    package fileprivate(set) var probability, signedRank, permutation: Double?

    /// What the row says, by the corrected t-test at the .05 level.
    package var outcome: Verdict.Outcome {
      Verdict.outcome(tests.comparison, probability: probability, metric: name.metric)
    }
  }

  /// The rows; numbers that are undefined on a seed are left out.
  package let rows: [Row]
  /// The numbers that are left out.
  package let undefined: [MetricName]

  /// Compares runs in some numbers.
  package init(_ runs: PairedRuns, _ names: [MetricName], effect: Double = 0.001) {
    var rows: [Row] = []
    for name in names {
      guard let values = runs.values(name), let first = Summary(values.first),
        let second = Summary(values.second),
        let tests = PairedTests(values.first, reference: values.second, effect: effect)
      else { continue }
      rows.append(Row(name: name, first: first, second: second, tests: tests))
    }
    for (place, found) in [
      (\Row.probability, rows.map(\.tests.comparison.probability)),
      (\Row.signedRank, rows.map { $0.tests.signedRank?.probability }),
      (\Row.permutation, rows.map { $0.tests.permutation.probability }),
    ] as [(WritableKeyPath<Row, Double?>, [Double?])] {
      for (index, corrected) in holmCorrected(found).enumerated() {
        rows[index][keyPath: place] = corrected
      }
    }
    self.rows = rows
    undefined = names.filter { name in !rows.contains { $0.name == name } }
  }
}
