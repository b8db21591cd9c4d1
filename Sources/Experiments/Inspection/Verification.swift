import Configuration
import Training

/// A run that was made again, compared with its record.
package struct Verification: Sendable {
  /// The largest difference between two records in the values of one metric.
  package struct Difference: Sendable, Equatable {
    /// The absolute difference.
    package let value: Double
    /// The number that differs so much, with its split; nil if none differ.
    package let place: String?
  }

  /// The committed record.
  package let record: RunRecord
  /// The record of the new run.
  package let repeated: RunRecord

  /// Creates a comparison.
  package init(_ record: RunRecord, repeated: RunRecord) {
    (self.record, self.repeated) = (record, repeated)
  }

  /// Whether every number that the record has, on both splits, is the same to the last bit.
  ///
  /// Metrics that were added after the record was written do not count.
  package var isExact: Bool {
    RunSplit.allCases.allSatisfy { split in
      record[split].namedValues.allSatisfy { $0.value == repeated[split][$0.name] }
    }
  }

  /// Returns the largest difference over the values of a metric on both splits.
  ///
  /// A value that only one of the records has counts as an infinite difference.
  ///
  /// - Parameter cells: Whether to look at single scenarios, which are noisy where rows are few, rather
  ///   than at means and pooled values.
  package func difference(in metric: Metric, cells: Bool) -> Difference {
    var largest = Difference(value: 0, place: nil)
    for split in [RunSplit.test, .validation] {
      for name in record[split].names(of: metric) where name.scope.isCell == cells {
        let old = record[split][name]
        let difference: Double =
          switch (old, repeated[split][name]) {
          case (let old?, let new?): abs(old - new)
          case (nil, nil): 0
          default: .infinity
          }
        if difference > largest.value {
          largest = Difference(value: difference, place: "\(split.rawValue) \(name)")
        }
      }
    }
    return largest
  }

  /// What differs in the environment of the two runs, in words; nil if nothing that rounding depends on
  /// does.
  package var otherEnvironment: String? {
    let (old, new) = (record.provenance, repeated.provenance)
    guard old.blas != new.blas || old.processor != new.processor else { return nil }
    return "recorded with \(old.blas) on \(old.processor), repeated with \(new.blas) on "
      + new.processor
  }
}

extension MetricScope {
  /// Whether the number is one of a single scenario.
  package var isCell: Bool { if case .cell = self { true } else { false } }
}

extension RunCollection {
  /// The results of an experiment that can be made again, with the labels of their rows, in the order
  /// of the file: the first of every row, then the second, and so on, so that the first few cover all
  /// rows.
  package var repeatableResults: [(row: String, record: RunRecord)] {
    var rows: [String] = []
    var byRow: [String: [RunRecord]] = [:]
    for run in runs {
      guard let record = run.record, !record.configuration.isExternal,
        let place = run.places.first(where: { $0.purpose == .result })
      else { continue }
      if byRow[place.row] == nil { rows.append(place.row) }
      byRow[place.row, default: []].append(record)
    }
    let longest = byRow.values.map(\.count).max() ?? 0
    return (0..<longest).flatMap { index in
      rows.compactMap { row in
        byRow[row].flatMap { index < $0.count ? (row, $0[index]) : nil }
      }
    }
  }
}
