extension LintFacts {
  /// Finds tasks and cells whose labels are all equal, or that have none.
  ///
  /// - Parameter counts: By split, the counts of the rows.
  func oneClassCells(_ counts: [SplitCounts]) -> [LintFinding] {
    let scenarios = problem.scenarios.leafNames
    return zip(SplitName.allCases, counts).flatMap { split, counts -> [LintFinding] in
      guard counts.rowCount > 0 else { return [] }
      return problem.tasks.enumerated().flatMap { task, described -> [LintFinding] in
        let defined = counts.definedCount(task: task)
        let positive = counts.positiveCount(task: task)
        if positive == 0 || positive == defined {
          return [
            LintFinding(
              .oneClass, .problem, task: described.name, split: split, value: Double(defined),
              "task '\(described.name)' has \(positive) positives in \(defined) labels of the "
                + "\(split.rawValue) split")
          ]
        }
        return scenarios.enumerated().compactMap { leaf, scenario in
          let defined = counts.definedCounts[leaf][task]
          let positive = counts.positiveCounts[leaf][task]
          guard positive == 0 || positive == defined else { return nil }
          return LintFinding(
            .oneClass, .warning, task: described.name, scenario: scenario, split: split,
            value: Double(defined),
            "task '\(described.name)' in scenario '\(scenario)' has \(positive) positives in "
              + "\(defined) labels of the \(split.rawValue) split: its AUC is not defined")
        }
      }
    }
  }
}
