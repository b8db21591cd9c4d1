import TensorCore

/// The rows of a split on which a task is defined, with their scores.
package struct ScoredRows: Sendable, Equatable {
  /// The log-odds.
  package let scores: [Float]
  /// The labels.
  package let labels: [Bool]
  /// The scenario of every row, as the number of its leaf.
  package let scenarios: [Int32]
  /// The group of every row, such as its user; nil if the data have none.
  package let groups: [Int32]?

  /// Creates rows.
  package init(scores: [Float], labels: [Bool], scenarios: [Int32], groups: [Int32]?) {
    (self.scores, self.labels, self.scenarios, self.groups) = (scores, labels, scenarios, groups)
  }
}

extension Evaluation {
  /// The rows on which a task is defined, in the order of the split.
  package func rows(ofTask task: Int) -> ScoredRows {
    let (logits, taskCount) = (logits.values, table.problem.tasks.count)
    var (scores, labels, rows): ([Float], [Bool], [Int]) = ([], [], [])
    for row in table.leaves.indices {
      guard let label = table.label(row: row, task: task) else { continue }
      scores.append(logits[row * taskCount + task])
      labels.append(label)
      rows.append(row)
    }
    return ScoredRows(
      scores: scores, labels: labels, scenarios: rows.map { table.leaves[$0] },
      groups: table.groups.map { groups in rows.map { groups[$0] } })
  }
}
