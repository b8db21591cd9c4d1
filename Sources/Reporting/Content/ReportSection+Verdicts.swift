import Configuration
import Experiments
import Training

extension ReportSection {
  /// One sentence per metric and task on which row is best, or, if seeds do not tell, which of the best
  /// is cheapest.
  static let verdicts = ReportSection { content in
    let sentences = try content.verdictSentences(of: content.rankedMetrics)
    return sentences.isEmpty ? [] : [.list(sentences)]
  }
}

extension ReportContent {
  /// Returns the verdicts of metrics, one sentence per metric and task; empty before two rows can be
  /// compared.
  func verdictSentences(of metrics: some Sequence<Metric>) throws -> [String] {
    try metrics.flatMap { metric in
      try tasks.compactMap { try SeedScores(MetricName(metric, .task($0)), in: self).verdict }
    }
  }
}

extension SeedScores {
  /// The sentence; nil if fewer than two rows can be compared.
  ///
  /// The row with the best mean is tied with every row from which the paired t-test, corrected over
  /// all pairs of rows, does not tell it at the .05 level, and with rows of the same values. A tie goes
  /// to the row with fewest parameters. A row whose difference is the same on all seeds, but not 0, is
  /// not tested, and neither tied nor worse.
  var verdict: String? {
    guard entries.count > 1, let best else { return nil }
    let missing =
      leftOut.isEmpty ? "" : " Not judged, for lack of seeds: \(leftOut.joined(separator: ", "))."
    let lead = "\(name): \(entries[best].row.label), \(fixed(entries[best].mean, digits: 4)), "
    guard entries[best].values.count > 1 else {
      return lead + "is best on the one seed, which is no verdict.\(missing)"
    }
    let others = entries.indices.filter { $0 != best }
    // Of many rows, those that are not tied tell more than those that are.
    func named(_ places: [Int], countingMost: Bool = false) -> String {
      let (count, all) = (places.count, others.count)
      if count == all, count > 3 { return "all \(count) others" }
      if countingMost, count > 5, count > all / 2 { return "\(count) of \(all) others" }
      return places.map { "'\(entries[$0].row.label)'" }.joined(separator: ", ")
    }
    let tied = others.filter { place in
      probabilities[best][place].map { $0 >= Verdict.level }
        ?? (entries[place].values == entries[best].values)
    }
    let untested = others.filter { probabilities[best][$0] == nil && !tied.contains($0) }
    let worse = others.filter { !tied.contains($0) && !untested.contains($0) }
    let open =
      (untested.isEmpty
        ? ""
        : " Not tested, the difference being the same on all seeds: \(named(untested)).") + missing
    let test =
      "paired t-tests over \(entries[best].values.count) seeds, Holm over \(counted(testedPairCount, "pair"))"
    guard !tied.isEmpty else {
      guard let largest = worse.compactMap({ probabilities[best][$0] }).max() else {
        return lead + "has the best mean.\(open)"
      }
      let all = worse.count > 1
      let p =
        largest < 0.001
        ? "\(all ? "all " : "")p \(Verdict.text(probability: largest))"
        : "p \(Verdict.text(probability: largest, sign: all ? "≤ " : "= "))"
      return lead + "is better than "
        + "\(untested.isEmpty ? "every other row" : named(worse)) (\(p); \(test)).\(open)"
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
    let found = tied.compactMap { probabilities[best][$0] }
    let smallest = found.min().map {
      "p \(Verdict.text(probability: $0, sign: found.count > 1 ? "≥ " : "= ")); "
    }
    let reason =
      smallest.map { $0 + test } ?? ("the same values" + (worse.isEmpty ? "" : "; \(test)"))
    return lead + "is tied with \(named(tied, countingMost: true)) (\(reason))"
      + (worse.isEmpty ? "" : " and better than \(named(worse))") + ".\(cheap)\(open)"
  }
}

extension SeedScores.Entry {
  /// The number of trained parameters; nil for predictions of another program.
  fileprivate var parameterCount: Int? {
    row.isExternal ? nil : row.records.first?.parameterCount
  }
}
