import Datasets
import Ranking

/// Labels of 1 on rows where the task that theirs follows has no label of 1: a purchase without a click.
enum StrayLabels {
  /// Returns the number of them in a block, by task.
  static func counts(in block: RowBlock, _ problem: Problem) -> [Int] {
    var counts = problem.tasks.map { _ in 0 }
    guard let followed = try? TaskChains(problem.tasks).followed else { return counts }
    let taskCount = problem.tasks.count
    func isPositive(_ row: Int, _ task: Int) -> Bool {
      let cell = row * taskCount + task
      return block.labels[cell] == 1 && block.mask?[cell] != 0
    }
    for (task, other) in followed.enumerated() {
      guard let other else { continue }
      counts[task] = (0..<block.rowCount).count { isPositive($0, task) && !isPositive($0, other) }
    }
    return counts
  }
}

extension LintFacts {
  /// Finds tasks that do not follow others in all rows, though they are said to.
  ///
  /// - Parameter counts: By split, the counts of the rows.
  func strayLabels(_ counts: [SplitCounts]) -> [LintFinding] {
    zip(SplitName.allCases, zip(strayCounts, counts)).flatMap { split, found -> [LintFinding] in
      problem.tasks.indices.compactMap { index in
        let (task, stray) = (problem.tasks[index], found.0[index])
        guard let follows = task.follows, stray > 0 else { return nil }
        let positive = found.1.positiveCount(task: index)
        return LintFinding(
          .strayLabels, .warning, task: task.name, split: split, value: Double(stray),
          "task '\(task.name)' follows '\(follows)', but \(stray) of its \(positive) positives "
            + "(\(percent(Double(stray) / Double(positive)))) in the \(split.rawValue) split are on "
            + "rows where '\(follows)' is not 1")
      }
    }
  }
}
