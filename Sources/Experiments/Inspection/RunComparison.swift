import Configuration
import Training

/// Finished runs side by side, alone or in sets: the settings that differ, the metrics and the
/// course of training, each with its difference from the first.
///
/// Sets are paired by seed: the difference of a metric is the mean of the differences over the
/// seeds that both sets have.
package struct RunComparison: Sendable {
  /// Some finished runs that are compared as one.
  package struct Side: Sendable {
    /// The words that name them.
    package let label: String
    /// The records.
    package let records: [RunRecord]

    /// Creates a side.
    package init(label: String, records: [RunRecord]) {
      (self.label, self.records) = (label, records)
    }
  }

  /// A setting that is not the same in all runs.
  package struct Setting: Sendable, Equatable {
    /// The name, such as `settings.dropout`.
    package let name: String
    /// For every side the different values of its runs; none if they do not have the setting.
    package let values: [[ConfigurationValue]]
  }

  /// A number on all sides.
  package struct Number: Sendable, Equatable {
    /// The mean and spread of each side; nil where it is undefined.
    package let summaries: [Summary?]
    /// The difference of each side after the first from the first; nil where no pair is defined.
    package let differences: [PairedComparison?]
  }

  /// An evaluation during training.
  package struct Evaluation: Sendable, Equatable {
    /// The epochs done; nil for sides that have ended before.
    package let epochs: [Double?]
    /// The mean training loss since the evaluation before.
    package let loss: Number
    /// The monitored metric on the validation split.
    package let score: Number
  }

  /// The sides.
  package let sides: [Side]
  /// The settings that differ, sorted by name.
  package let settings: [Setting]
  /// The pairs of records of each side after the first with the first.
  private let pairs: [[(RunRecord, RunRecord)]]

  /// Compares runs.
  ///
  /// - Throws: ``Diagnostic`` if a side has no run or, other than a single run, several of one seed.
  package init(_ sides: [Side]) throws {
    guard sides.count > 1 else { throw Diagnostic("a comparison needs two runs or sets of runs") }
    for side in sides {
      guard !side.records.isEmpty else { throw Diagnostic("has no finished run").at(side.label) }
    }
    let areSingle = sides.allSatisfy { $0.records.count == 1 }
    if !areSingle { for side in sides { try side.checkSeedsDiffer() } }
    self.sides = sides
    pairs = sides.dropFirst().map { side in
      let bySeed = Dictionary(sides[0].records.map { ($0.configuration.seed, $0) }) { $1 }
      return side.records.compactMap { record in
        let other = areSingle ? sides[0].records[0] : bySeed[record.configuration.seed]
        return other.map { ($0, record) }
      }
    }
    let fields = sides.map { side in side.records.map { $0.configuration.fields } }
    let names = Set(fields.joined().flatMap(\.keys)).sorted()
    settings = names.compactMap { name in
      let values = fields.map { side in Self.distinct(side.compactMap { $0[name] }) }
      let isSame = values.allSatisfy { $0.count < 2 && $0 == values[0] }
      // Seeds pair the runs of sets, so they are expected to vary.
      return isSame || (name == "seed" && !areSingle) ? nil : Setting(name: name, values: values)
    }
  }

  /// Returns the seeds that a side has in common with the first.
  package func commonSeeds(of side: Int) -> [Int] {
    side == 0
      ? sides[0].records.map(\.configuration.seed) : pairs[side - 1].map { $1.configuration.seed }
  }

  /// The names of the numbers that the runs of the first side have on a split.
  ///
  /// - Parameter cells: Whether to include the values of single scenarios.
  package func metricNames(on split: RunSplit, cells: Bool) -> [MetricName] {
    guard let grid = sides[0].records.first?[split] else { return [] }
    return grid.metrics.flatMap(grid.names).filter {
      if case .cell = $0.scope { cells } else { true }
    }
  }

  /// Returns a metric on all sides.
  package func metric(_ name: MetricName, on split: RunSplit) -> Number {
    number { $0[split][name] }
  }

  /// The evaluations during training, as many as the longest run has.
  package var evaluations: [Evaluation] {
    let count = sides.flatMap(\.records).map(\.course.trainingLoss.count).max() ?? 0
    return (0..<count).map { index in
      func at<Value>(_ values: [Value]) -> Value? { index < values.count ? values[index] : nil }
      return Evaluation(
        epochs: sides.map { side in
          let courses = side.records.map(\.course).filter { index < $0.trainingLoss.count }
          return courses.first.map {
            $0.epochs * Double(index + 1) / Double($0.trainingLoss.count)
          }
        },
        loss: number { at($0.course.trainingLoss) },
        score: number { at($0.course.validationScore) ?? nil })
    }
  }

  private func number(_ value: (RunRecord) -> Double?) -> Number {
    Number(
      summaries: sides.map { Summary($0.records.compactMap(value)) },
      differences: pairs.map { pairs in
        let defined = pairs.compactMap { pair -> (Double, Double)? in
          guard let first = value(pair.0), let second = value(pair.1) else { return nil }
          return (first, second)
        }
        return PairedComparison(defined.map(\.1), reference: defined.map(\.0))
      })
  }

  private static func distinct(_ values: [ConfigurationValue]) -> [ConfigurationValue] {
    var texts: Set<String> = []
    return values.filter { texts.insert($0.canonicalJSON).inserted }
  }
}

/// A split whose metrics a record holds.
package enum RunSplit: String, CaseIterable, Sendable {
  /// The split that weights and settings are chosen by.
  case validation
  /// The split that is evaluated once.
  case test
}

extension RunRecord {
  /// The metrics on a split.
  package subscript(_ split: RunSplit) -> MetricGrid { split == .test ? test : validation }
}

extension RunComparison.Side {
  fileprivate func checkSeedsDiffer() throws {
    var seen: Set<Int> = []
    for seed in records.map(\.configuration.seed) where !seen.insert(seed).inserted {
      throw Diagnostic(
        "has several runs of seed \(seed), which cannot be paired: add conditions, such as "
          + "purpose=result or settings"
      ).at(label)
    }
  }
}

extension RunConfiguration {
  /// All members by the names of their fields.
  var fields: [String: ConfigurationValue] {
    var fields: [String: ConfigurationValue] = [
      "model": .string(model), "dataset": .string(dataset), "semantics": .integer(semantics),
      "seed": .integer(seed),
    ]
    for (name, value) in settings { fields["settings.\(name)"] = value }
    for (name, value) in training { fields["training.\(name)"] = value }
    return fields
  }
}
