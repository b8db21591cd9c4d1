import Ranking

/// How many rows a split has, per leaf scenario and task.
public struct SplitCounts: Sendable, Equatable, Codable {
  /// The number of rows.
  public private(set) var rowCount = 0

  /// The number of rows of each leaf scenario.
  public private(set) var rowCounts: [Int]

  /// By leaf scenario, then by task: the rows that the task is defined on.
  public private(set) var definedCounts: [[Int]]

  /// By leaf scenario, then by task: the rows whose label is 1.
  public private(set) var positiveCounts: [[Int]]

  /// Creates the counts of no rows.
  init(problem: Problem) {
    let zeros = [Int](repeating: 0, count: problem.tasks.count)
    rowCounts = [Int](repeating: 0, count: problem.scenarios.leafCount)
    definedCounts = rowCounts.map { _ in zeros }
    positiveCounts = rowCounts.map { _ in zeros }
  }

  /// Returns the rows of all scenarios that a task is defined on.
  public func definedCount(task: Int) -> Int { definedCounts.reduce(0) { $0 + $1[task] } }

  /// Returns the rows of all scenarios whose label is 1.
  public func positiveCount(task: Int) -> Int { positiveCounts.reduce(0) { $0 + $1[task] } }

  /// Adds one row.
  mutating func add(leaf: Int, labels: some Sequence<UInt8>, mask: some Sequence<UInt8>) {
    rowCount += 1
    rowCounts[leaf] += 1
    for (task, (label, isDefined)) in zip(labels, mask).enumerated() where isDefined == 1 {
      definedCounts[leaf][task] += 1
      positiveCounts[leaf][task] += Int(label)
    }
  }

  /// Whether the tables have the problem's sizes and agree with the total.
  func fits(_ problem: Problem) -> Bool {
    let leafCount = problem.scenarios.leafCount
    return rowCounts.count == leafCount && rowCount == rowCounts.reduce(0, +)
      && [definedCounts, positiveCounts].allSatisfy { table in
        table.count == leafCount && table.allSatisfy { $0.count == problem.tasks.count }
      }
  }
}
