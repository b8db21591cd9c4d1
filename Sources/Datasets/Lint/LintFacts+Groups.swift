extension LintFacts {
  /// Says how many rows of validation and test are in groups with both classes, which is what
  /// grouped metrics see.
  func groupsOfBothClasses() -> [LintFinding] {
    zip(SplitName.allCases, groups).flatMap { split, tally -> [LintFinding] in
      guard split != .train, tally.groupCount > 0 else { return [] }
      let (defined, positive) = (tally.defined, tally.positive)
      let (groupCount, taskCount) = (tally.groupCount, tally.taskCount)
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

  /// Reports groups that occur in several files.
  static func groupsInSeveralSources(_ count: Int, split: SplitName) -> LintFinding? {
    guard count > 0 else { return nil }
    return LintFinding(
      .groups, .warning, split: split, value: Double(count),
      "\(count) groups of the \(split.rawValue) split have rows in several files: if groups are "
        + "numbered within a file, add a constant column of the file to 'group'")
  }
}
