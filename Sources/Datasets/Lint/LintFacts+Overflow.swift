extension LintFacts {
  private static let notableShare = 0.01
  private static let largeShare = 0.2

  /// Finds features with many unknown values in validation or test.
  func overflow() -> [LintFinding] {
    SplitName.allCases.enumerated().dropFirst().flatMap { number, split -> [LintFinding] in
      let (unknown, totals) = (unknownCounts[number], valueCounts[number])
      return (problem.fields + problem.bags).enumerated().compactMap { index, field in
        let share = Double(unknown[index]) / Double(max(1, totals[index]))
        guard share >= Self.notableShare else { return nil }
        return LintFinding(
          .overflow, share > Self.largeShare ? .warning : .note, feature: field.name, split: split,
          value: share,
          "\(percent(share)) of the values of feature '\(field.name)' in the \(split.rawValue) "
            + "split are not in the vocabulary")
      }
    }
  }
}
