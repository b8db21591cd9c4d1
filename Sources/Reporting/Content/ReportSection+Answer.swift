import Configuration
import Experiments
import Training

extension ReportContent {
  /// The level below which a corrected p-value is called significant.
  private static let level = 0.05

  /// Gives the verdicts, and says which differences from the reference are significant; empty before
  /// two rows can be compared.
  func answerSentences() throws -> [String] {
    let verdicts = try rankedMetrics.flatMap { metric in
      try tasks.compactMap { try SeedScores(MetricName(metric, .task($0)), in: self).verdict }
    }
    return verdicts.isEmpty ? [] : verdicts + (try significanceSentences())
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
