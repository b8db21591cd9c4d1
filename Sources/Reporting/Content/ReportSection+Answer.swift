import Configuration
import Experiments
import Training

extension ReportContent {
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
    var found: [String] = []
    var families: Set<Int> = []
    for metric in rankedMetrics {
      for task in tasks {
        let comparisons = try comparisons(
          of: others, with: reference, in: MetricName(metric, .task(task)))
        let tested = comparisons.count { $0.probability != nil }
        if tested > 0 { families.insert(tested) }
        for (row, (comparison, probability)) in zip(others, comparisons) {
          guard let comparison, let probability, probability < Verdict.level else { continue }
          let mean = comparison.difference.mean
          let isBetter = (mean > 0) == (metric.higherIsBetter != false)
          found.append(
            "\(row.label) is \(isBetter ? "better" : "worse") in \(metric.title) of \(task) by "
              + "\(fixed(abs(mean), digits: 4)) (p \(Verdict.text(probability: probability, sign: "= ")))"
          )
        }
      }
    }
    guard let most = families.max(), most > 0 else {
      return [
        "Differences from \(reference.label) cannot be tested: fewer than two common seeds, or the same "
          + "difference on all of them."
      ]
    }
    let test =
      "paired t-test over common seeds, Holm over \(families.count > 1 ? "up to " : "")"
      + "\(counted(most, "row")) of each metric and task"
      + (others.count > 1 ? ", so more lenient than verdicts over all pairs" : "")
      + "; level \(Verdict.level)"
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
