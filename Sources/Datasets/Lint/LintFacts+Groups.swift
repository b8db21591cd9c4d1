extension LintFacts {
  /// Says how many rows of validation and test are in groups with both classes, which is what
  /// grouped metrics see.
  func groupsOfBothClasses(_ rowsWithoutGroup: [Int]) -> [LintFinding] {
    SplitName.allCases.enumerated().flatMap { index, split -> [LintFinding] in
      let tally = groups[index]
      // A row without a group is counted as a group of one.
      let groupCount = tally.groupCount - rowsWithoutGroup[index]
      guard split != .train, groupCount > 0 else { return [] }
      let (defined, positive) = (tally.defined, tally.positive)
      let taskCount = tally.taskCount
      return problem.tasks.enumerated().map { task, described in
        let cells = stride(from: task, to: defined.count, by: taskCount)
        let mixed = cells.filter { positive[$0] > 0 && positive[$0] < defined[$0] }
        let total = cells.reduce(0) { $0 + Int(defined[$1]) }
        let share = Double(mixed.reduce(0) { $0 + Int(defined[$1]) }) / Double(max(1, total))
        return LintFinding(
          .groups, mixed.isEmpty ? .warning : .note, task: described.name, split: split,
          value: share,
          "\(mixed.count) of \(groupCount) groups of the \(split.rawValue) split, with "
            + "\(percent(share)) of the labels, have both classes of task '\(described.name)'")
      }
    }
  }

  /// Says how many rows are in no group.
  func rowsInNoGroup(_ counts: [SplitCounts], _ rowsWithoutGroup: [Int]) -> [LintFinding] {
    zip(zip(SplitName.allCases, counts), rowsWithoutGroup).compactMap { split, rowCount in
      guard rowCount > 0 else { return nil }
      let share = Double(rowCount) / Double(max(1, split.1.rowCount))
      return LintFinding(
        .groups, share > 0.01 && split.0 != .train ? .warning : .note, split: split.0,
        value: Double(rowCount),
        "\(rowCount) rows (\(percent(share))) of the \(split.0.rawValue) split are in no group: "
          + "they take no part in grouped metrics")
    }
  }

  /// Reports groups that occur in several files.
  static func groupsInSeveralSources(_ count: Int, split: SplitName) -> LintFinding? {
    guard count > 0 else { return nil }
    return LintFinding(
      .groups, .warning, split: split, value: Double(count),
      "\(count) groups of the \(split.rawValue) split have rows in several files: if groups are "
        + "numbered within a file, add a constant column of the file to 'group'")
  }
}
