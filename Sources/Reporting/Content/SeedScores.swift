import Experiments
import Training

/// The values of one number for the rows that have it on all seeds of the experiment.
struct SeedScores {
  /// A row with its values, in the order of the seeds.
  struct Entry {
    let row: ReportRow
    let values: [Double]

    var mean: Double { Summary(values)?.mean ?? .nan }
  }

  let name: MetricName
  let entries: [Entry]
  /// The labels of the rows that lack a seed, or on which the number is undefined.
  let leftOut: [String]

  /// The p-values of paired t-tests between all pairs, corrected by Holm's method over those that
  /// have one, as `[row][row]`; nil where the difference is the same on all seeds.
  let probabilities: [[Double?]]

  init(_ name: MetricName, in content: ReportContent) throws {
    self.name = name
    let seeds = content.specification.seeds
    var entries: [Entry] = []
    var leftOut: [String] = []
    for row in content.rows {
      let found = try row.valuesBySeed(name)
      if found.map(\.seed) == seeds {
        entries.append(Entry(row: row, values: found.map(\.value)))
      } else {
        leftOut.append(row.label)
      }
    }
    (self.entries, self.leftOut) = (entries, leftOut)
    let pairs = entries.indices.flatMap { a in (0..<a).map { (a, $0) } }
    let corrected = holmCorrected(
      pairs.map { a, b in
        PairedComparison(entries[a].values, reference: entries[b].values)?.probability
      })
    var table = entries.map { _ in [Double?](repeating: nil, count: entries.count) }
    for ((a, b), probability) in zip(pairs, corrected) {
      (table[a][b], table[b][a]) = (probability, probability)
    }
    probabilities = table
  }

  /// The number of pairs of rows that are tested, over which p-values are corrected.
  var testedPairCount: Int { probabilities.joined().count { $0 != nil } / 2 }

  /// The row with the best mean, the first of several; nil without rows or a direction.
  var best: Int? {
    guard let higherIsBetter = name.metric.higherIsBetter else { return nil }
    let means = entries.map(\.mean)
    guard let value = higherIsBetter ? means.max() : means.min() else { return nil }
    return means.firstIndex(of: value)
  }
}
