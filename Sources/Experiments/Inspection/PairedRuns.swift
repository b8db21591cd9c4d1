import Configuration
import Training

/// Two sets of finished runs that are one model with one set of settings each, on the same data, with
/// one run of every seed on both sides: what a paired comparison needs.
package struct PairedRuns: Sendable {
  /// One of the two sets, in the order of the seeds.
  package struct Side: Sendable {
    /// The words that name it.
    package let label: String
    /// The runs.
    package let runs: [StoredRun]
    /// Their records.
    package let records: [RunRecord]

    /// Checks a set of runs.
    ///
    /// - Throws: ``Diagnostic`` if there are none, one is not done, a seed is repeated, or they differ
    ///   in anything but the seed.
    package init(label: String, runs: [StoredRun]) throws {
      self.label = label
      self.runs = runs.sorted { $0.configuration.seed < $1.configuration.seed }
      records = self.runs.compactMap(\.record)
      try locating(label) { try check() }
    }

    private func check() throws {
      guard !runs.isEmpty else { throw Diagnostic("has no run") }
      if let open = runs.first(where: { $0.record == nil }) {
        throw Diagnostic(
          "the run of seed \(open.configuration.seed), \(open.id.prefix(8)), is "
            + "\(open.state.rawValue): finish it, or leave it out by a condition such as state=done"
        )
      }
      var mixed: (name: String, values: [ConfigurationValue])?
      // Predictions of another program are other files for every seed.
      let varying = isExternal ? ["seed", "settings.predictions"] : ["seed"]
      let names = Set(runs.flatMap(\.configuration.fields.keys)).subtracting(varying).sorted()
      for name in names where mixed == nil {
        let values = runs.map { $0.configuration.fields[name] ?? .null }
        if let other = values.first(where: { $0.canonicalJSON != values[0].canonicalJSON }) {
          mixed = (name, [values[0], other])
        }
      }
      if let mixed {
        let shown = mixed.values.map { excerpt($0.description) }
        throw Diagnostic(
          "mixes runs with \(mixed.name) \(shown[0]) and \(shown[1]), which are not one row: add a "
            + "condition, such as \(mixed.name)=\(shown[0]) or purpose=result")
      }
      for (a, b) in zip(runs, runs.dropFirst())
      where a.configuration.seed == b.configuration.seed {
        throw Diagnostic(
          "has several runs of seed \(a.configuration.seed), \(a.id.prefix(8)) and \(b.id.prefix(8)), "
            + "which cannot be paired")
      }
    }

    /// Whether the runs measure predictions of another program.
    package var isExternal: Bool { runs.contains { $0.configuration.isExternal } }

    /// The number of trained parameters.
    package var parameterCount: Int { records.first?.parameterCount ?? 0 }

    /// The mean processor time of an epoch, in seconds; nil if it was not measured.
    package var processorSecondsPerEpoch: Double? {
      Summary(records.compactMap(\.timing.processorSecondsPerEpoch))?.mean
    }
  }

  /// The first set, from which the second is subtracted.
  package let first: Side
  /// The second set.
  package let second: Side
  /// The seeds of both.
  package let seeds: [Int]

  /// Pairs two sets.
  ///
  /// - Throws: ``Diagnostic`` if they are of different data or semantics, are the same runs, or one
  ///   lacks a seed of the other.
  package init(_ first: Side, _ second: Side) throws {
    (self.first, self.second) = (first, second)
    seeds = first.runs.map(\.configuration.seed)
    let (a, b) = (first.runs[0].configuration, second.runs[0].configuration)
    guard a.dataset == b.dataset else {
      throw Diagnostic(
        "\(first.label) ran on the data set \(a.dataset.prefix(12)), \(second.label) on "
          + "\(b.dataset.prefix(12)): a comparison needs the same rows")
    }
    guard a.semantics == b.semantics else {
      throw Diagnostic(
        "\(first.label) has semantics \(a.semantics), \(second.label) has \(b.semantics): runs of "
          + "different semantics cannot be compared")
    }
    guard first.runs.map(\.id) != second.runs.map(\.id) else {
      throw Diagnostic("\(first.label) and \(second.label) are the same runs")
    }
    for (side, other) in [(first, second), (second, first)] {
      let own = Set(side.runs.map(\.configuration.seed))
      for seed in other.runs.map(\.configuration.seed) where !own.contains(seed) {
        throw Diagnostic(
          "has no run of seed \(seed), which \(other.label) has: run it, or leave the seed out of both "
            + "by --where seed!=\(seed)"
        ).at(side.label)
      }
    }
  }

  /// The values of a number on the test split over the seeds; nil where it is undefined on a seed.
  package func values(_ name: MetricName) -> (first: [Double], second: [Double])? {
    func values(_ side: Side) -> [Double]? {
      let found = side.records.compactMap { $0.test[name] }
      return found.count == side.records.count ? found : nil
    }
    guard let a = values(first), let b = values(second) else { return nil }
    return (a, b)
  }

  /// The metrics that the runs have, and the names of their numbers.
  package var grid: MetricGrid { first.records[0].test }
}

extension PairedRuns.Side {
  /// Returns the rows of one table.
  ///
  /// - Throws: ``Diagnostic`` if a row is not of one setting and finished, with every seed once, or is of
  ///   other data or semantics than the first.
  static func ofOneTable(_ rows: [(label: String, runs: [StoredRun])]) throws -> [Self] {
    let sides = try rows.map { try Self(label: $0.label, runs: $0.runs) }
    guard let first = sides.first?.runs.first?.configuration else { return [] }
    for side in sides.dropFirst() {
      let own = side.runs[0].configuration
      guard own.dataset == first.dataset, own.semantics == first.semantics else {
        throw Diagnostic("is of other data or semantics than '\(sides[0].label)'")
          .at("'\(side.label)'")
      }
    }
    return sides
  }
}

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
