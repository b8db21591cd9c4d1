import Configuration
import Experiments
import Training

extension ReportContent {
  /// The level below which a corrected p-value is called significant.
  private static let level = 0.05

  /// Says which rows are best, and which differences from the reference are significant; empty
  /// before the first run is done.
  func answerSentences() throws -> [String] {
    let best = try bestSentences()
    return best.isEmpty ? [] : best + (try significanceSentences())
  }

  /// Says for every ranked metric and task which row is best, by the digits of tables.
  private func bestSentences() throws -> [String] {
    try rankedMetrics.flatMap { metric in
      try tasks.compactMap { task -> String? in
        let name = MetricName(metric, .task(task))
        let summaries = try rows.compactMap { row in
          Summary(try row.values(name)).map { (row.label, $0) }
        }
        let isHigher = metric.higherIsBetter != false
        let means = summaries.map(\.1.mean)
        guard summaries.count > 1, let best = isHigher ? means.max() : means.min() else {
          return nil
        }
        let leaders = summaries.filter { fixed($0.1.mean, digits: 4) == fixed(best, digits: 4) }
        guard let leader = leaders.first else { return nil }
        let interval =
          leaders.count == 1
          ? interval(leader.1).map {
            " (95 % interval \(fixed($0.lowerBound, digits: 4)) to "
              + "\(fixed($0.upperBound, digits: 4)) over \(counted(leader.1.count, "seed")))"
          } ?? "" : ""
        let ceiling = ceiling(name).map { "; best reachable \(fixed($0, digits: 4))" } ?? ""
        return "\(metric.title) of \(task), macro: \(isHigher ? "highest" : "lowest") for "
          + leaders.map(\.0).joined(separator: " and ") + " with \(fixed(best, digits: 4))"
          + interval + ceiling + "."
      }
    }
  }

  /// Says which differences from the reference are significant.
  private func significanceSentences() throws -> [String] {
    guard let reference else { return [] }
    let others = rows.filter { $0.label != reference.label }
    func words(of probability: Double) -> String {
      probability < 0.00005 ? "p < 0.0001" : "p = \(fixed(probability, digits: 4))"
    }
    var found: [String] = []
    var isTested = false
    for metric in rankedMetrics {
      for task in tasks {
        let comparisons = try comparisons(
          of: others, with: reference, in: MetricName(metric, .task(task)))
        for (row, (comparison, probability)) in zip(others, comparisons) {
          guard let comparison, let probability else { continue }
          isTested = true
          guard probability < Self.level else { continue }
          let mean = comparison.difference.mean
          let isBetter = (mean > 0) == (metric.higherIsBetter != false)
          found.append(
            "\(row.label) is \(isBetter ? "better" : "worse") in \(metric.title) of \(task) by "
              + "\(fixed(abs(mean), digits: 4)) (\(words(of: probability)))")
        }
      }
    }
    let test = "paired t-test over the seeds, Holm-corrected, level \(Self.level)"
    guard isTested else {
      return ["Differences from \(reference.label) cannot be tested: too few common seeds."]
    }
    return found.isEmpty
      ? [
        "No row differs significantly from \(reference.label) in any metric shown (\(test)). "
          + "That does not mean that rows are equal."
      ]
      : ["Against \(reference.label) (\(test)): " + found.joined(separator: "; ") + "."]
  }
}

extension ReportSection {
  /// How much of the experiment is done; empty once everything is.
  static let progress = ReportSection { content in
    let expected = content.rows.reduce(0) {
      $0 + content.specification.runCount(of: $1.declared)
    }
    let missing = content.rows.reduce(0) { $0 + $1.missingTrials + $1.missingRepetitions }
    guard missing > 0 else { return [] }
    return [
      .paragraph("Preliminary: \(expected - missing) of \(counted(expected, "run")) have ended.")
    ]
  }

  /// What the tables say, in sentences: the best rows, significant differences, and warnings.
  static let answer = ReportSection { content in
    let sentences = try content.answerSentences()
    guard !sentences.isEmpty else { return [] }
    let cautions = try content.cautions()
    return [
      .heading(level: 2, "Answer"), .list(sentences),
    ]
      + (cautions.isEmpty
        ? []
        : [
          .heading(level: 3, "To be read with caution"),
          .list(cautions.map { $0.hasSuffix(".") ? $0 : $0 + "." }),
        ])
  }
}
