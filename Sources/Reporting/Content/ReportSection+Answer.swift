import Configuration
import Experiments
import Training

extension ReportContent {
  /// Gives the verdicts, and says which differences from the reference are significant; empty before
  /// two rows can be compared.
  func answerSentences() throws -> [String] {
    let verdicts = try verdictSentences(of: rankedMetrics)
    return verdicts.isEmpty ? [] : verdicts + (try significanceSentences())
  }

  /// Says which differences from the reference are significant, a sentence for each metric and task that has any,
  /// then how they were tested.
  private func significanceSentences() throws -> [String] {
    guard let reference else { return [] }
    let others = rows.filter { $0.label != reference.label }
    var sentences: [String] = []
    var families: Set<Int> = []
    var untested: Set<String> = []
    for metric in rankedMetrics {
      for task in tasks {
        let comparisons = try comparisons(
          of: others, with: reference, in: MetricName(metric, .task(task)))
        let tested = comparisons.count { $0.probability != nil }
        if tested > 0 { families.insert(tested) }
        var (better, worse): ([String], [String]) = ([], [])
        for (row, (comparison, probability)) in zip(others, comparisons) {
          guard let comparison, let probability else {
            untested.insert(row.label)
            continue
          }
          guard probability < Verdict.level else { continue }
          let mean = comparison.difference.mean
          let text =
            "\(row.label) by \(fixed(abs(mean), digits: 4)) "
            + "(p \(Verdict.text(probability: probability, sign: "= ")))"
          if (mean > 0) == (metric.higherIsBetter != false) {
            better.append(text)
          } else {
            worse.append(text)
          }
        }
        let parts = [("better", better), ("worse", worse)].filter { !$1.isEmpty }
          .map { "\($0): \($1.joined(separator: ", "))" }
        guard !parts.isEmpty else { continue }
        sentences.append(
          "\(metric.title) of \(task), against \(reference.label): "
            + parts.joined(separator: "; ") + ".")
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
    let remark =
      untested.isEmpty
      ? ""
      : " Some or all differences of these cannot be tested, for want of common seeds or of spread: "
        + others.map(\.label).filter(untested.contains).joined(separator: ", ") + "."
    return sentences.isEmpty
      ? [
        "No row differs significantly from \(reference.label) in any metric shown (\(test)). "
          + "That does not mean that rows are equal.\(remark)"
      ]
      : sentences + [
        "Differences from \(reference.label) that are not listed are not significant (\(test)).\(remark)"
      ]
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
