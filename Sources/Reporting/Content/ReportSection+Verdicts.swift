import Configuration
import Experiments
import Training

extension ReportSection {
  /// One sentence per metric and task on which row is best, or, if seeds do not tell, which of the best
  /// is cheapest.
  static let verdicts = ReportSection { content in
    let sentences = try content.specification.metrics.filter { $0.higherIsBetter != nil }
      .flatMap { metric in
        try content.tasks.compactMap { task in
          try SeedScores(MetricName(metric, .task(task)), in: content).verdict
        }
      }
    return sentences.isEmpty ? [] : [.list(sentences)]
  }
}

extension SeedScores {
  /// The sentence; nil if fewer than two rows can be compared.
  ///
  /// The row with the best mean is tied with every row from which the paired t-test, corrected over
  /// all pairs of rows, does not tell it at the .05 level. A tie goes to the row with fewest
  /// parameters.
  var verdict: String? {
    guard entries.count > 1, let best else { return nil }
    let missing =
      leftOut.isEmpty ? "" : " Not judged, for lack of seeds: \(leftOut.joined(separator: ", "))."
    func named(_ places: [Int]) -> String {
      guard places.count < max(4, entries.count - 1) else { return "all \(places.count) others" }
      return places.map { "'\(entries[$0].row.label)'" }.joined(separator: ", ")
    }
    func p(_ value: Double) -> String { Verdict.text(probability: value, sign: "= ") }
    let lead = "\(name): \(entries[best].row.label), \(fixed(entries[best].mean, digits: 4)), "
    guard entries[best].values.count > 1 else {
      return lead + "is best on the one seed, which is no verdict.\(missing)"
    }
    let others = entries.indices.filter { $0 != best }
    let tied = others.filter { (probabilities[best][$0] ?? 1) >= Verdict.level }
    let worse = others.filter { !tied.contains($0) }
    let test =
      "paired t-tests over \(entries[best].values.count) seeds, Holm over \(pairCount) "
      + (pairCount == 1 ? "pair" : "pairs")
    guard !tied.isEmpty else {
      let largest = worse.compactMap { probabilities[best][$0] }.max() ?? 0
      return lead + "is better than every other row (p \(p(largest)) or less; \(test)).\(missing)"
    }
    let costs = ([best] + tied).compactMap { place in
      entries[place].parameterCount.map { (count: $0, label: entries[place].row.label) }
    }
    let cheapest = costs.min { $0.count < $1.count }
    let cheap =
      cheapest.map {
        " The cheapest of them\(costs.count > tied.count ? "" : " with known cost") is \($0.label), "
          + "\($0.count) parameters."
      } ?? ""
    let smallest = tied.compactMap { probabilities[best][$0] }.min().map { "p \(p($0)) or more; " }
    return lead + "is tied with \(named(tied)) (\(smallest ?? "")\(test))"
      + (worse.isEmpty ? "" : " and better than \(named(worse))") + ".\(cheap)\(missing)"
  }
}

extension SeedScores.Entry {
  /// The number of trained parameters; nil for predictions of another program.
  fileprivate var parameterCount: Int? {
    row.isExternal ? nil : row.records.first?.parameterCount
  }
}
