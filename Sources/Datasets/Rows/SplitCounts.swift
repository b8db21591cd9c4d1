import Ranking

/// The numbers of rows of a split, per leaf scenario and task.
public struct SplitCounts: Sendable, Equatable, Codable {
  /// The number of rows.
  public private(set) var rowCount = 0

  /// The number of rows of each leaf scenario.
  public private(set) var rowCounts: [Int]

  /// By leaf scenario, then by task: the number of rows on which the task is defined.
  public private(set) var definedCounts: [[Int]]

  /// By leaf scenario, then by task: the number of rows whose label is 1.
  public private(set) var positiveCounts: [[Int]]

  /// Creates the counts of no rows.
  init(problem: Problem) {
    let zeros = [Int](repeating: 0, count: problem.tasks.count)
    rowCounts = [Int](repeating: 0, count: problem.scenarios.leafCount)
    definedCounts = rowCounts.map { _ in zeros }
    positiveCounts = rowCounts.map { _ in zeros }
  }

  /// Returns the number of rows on which a task is defined, over all scenarios.
  public func definedCount(task: Int) -> Int { definedCounts.reduce(0) { $0 + $1[task] } }

  /// Returns the number of rows whose label is 1, over all scenarios.
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

  /// Adds other counts.
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

  /// Whether the tables match the problem's sizes and agree with the total, which must fit in a
  /// 32-bit row number.
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

/// The name of a split of a data set.
public enum SplitName: String, CaseIterable, Sendable, Codable {
  /// The rows used to train weights and to fit everything else.
  case train
  /// The rows used to select weights and settings.
  case validation
  /// The rows used for reported results.
  case test
}
