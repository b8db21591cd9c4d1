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

  /// Adds rows, given as `[rows]` leaves and `[rows, tasks]` labels and mask.
  mutating func add(leaves: [Int32], labels: [UInt8], mask: [UInt8]) {
    rowCount += leaves.count
    for leaf in leaves { rowCounts[Int(leaf)] += 1 }
    let taskCount = definedCounts.first?.count ?? 0
    for task in 0..<taskCount {
      for (row, leaf) in leaves.enumerated() {
        let cell = row * taskCount + task
        definedCounts[Int(leaf)][task] += Int(mask[cell])
        positiveCounts[Int(leaf)][task] += Int(mask[cell] & labels[cell])
      }
    }
  }

  /// Adds the rows that other counts are of.
  mutating func add(_ other: SplitCounts) {
    rowCount += other.rowCount
    for leaf in rowCounts.indices {
      rowCounts[leaf] += other.rowCounts[leaf]
      for task in definedCounts[leaf].indices {
        definedCounts[leaf][task] += other.definedCounts[leaf][task]
        positiveCounts[leaf][task] += other.positiveCounts[leaf][task]
      }
    }
  }

  /// Whether the tables have the problem's sizes and agree with the total, which row numbers of 32
  /// bits can count.
  func fits(_ problem: Problem) -> Bool {
    let (leafCount, taskCount) = (problem.scenarios.leafCount, problem.tasks.count)
    let limit = Int(Int32.max)
    guard (0...limit).contains(rowCount), rowCounts.count == leafCount,
      rowCounts.allSatisfy({ (0...rowCount).contains($0) }), rowCounts.reduce(0, +) == rowCount,
      definedCounts.count == leafCount, positiveCounts.count == leafCount
    else { return false }
    return zip(rowCounts, zip(definedCounts, positiveCounts)).allSatisfy { rows, cells in
      cells.0.count == taskCount && cells.1.count == taskCount
        && zip(cells.0, cells.1).allSatisfy { 0 <= $1 && $1 <= $0 && $0 <= rows }
    }
  }
}

/// The part of a data set that a row belongs to.
public enum SplitName: String, CaseIterable, Sendable, Codable {
  /// The rows that weights are trained on, and that everything is fitted to.
  case train
  /// The rows by which weights and settings are selected.
  case validation
  /// The rows that results are reported on.
  case test
}
