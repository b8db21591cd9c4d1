extension DatasetLint {
  private static let notableShare = 0.01
  private static let largeShare = 0.2

  /// Finds features with many unknown values in validation or test.
  func overflow() throws -> [LintFinding] {
    try [SplitName.validation, .test].flatMap { split -> [LintFinding] in
      var unknown = [Int](repeating: 0, count: problem.fields.count + problem.bags.count)
      var totals = unknown
      let fieldCount = problem.fields.count
      try forEachBatch(of: split) { batch in
        for (index, id) in batch.batch.ids.enumerated() {
          totals[index % fieldCount] += 1
          if id == 0 { unknown[index % fieldCount] += 1 }
        }
        for (index, bag) in batch.batch.bags.enumerated() {
          totals[fieldCount + index] += bag.ids.count
          unknown[fieldCount + index] += bag.ids.count { $0 == 0 }
        }
      }
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
