import Configuration
import Datasets

/// Counts the classes of every cell of a split, to reject a data set with cells that have no AUC.
struct ClassCheck {
  private let split: SplitName
  private let world: SyntheticWorld
  private var positiveCounts: [[Int]]
  private var rowCounts: [Int]

  /// The suggested number of rows gives this many positives in expectation.
  private static let suggestedPositives = 10.0

  init(split: SplitName, world: SyntheticWorld) {
    self.split = split
    self.world = world
    rowCounts = world.traffic.map { _ in 0 }
    positiveCounts = rowCounts.map { _ in SyntheticWorld.taskNames.map { _ in 0 } }
  }

  mutating func add(_ block: RowBlock) {
    let taskCount = SyntheticWorld.taskNames.count
    for (row, leaf) in block.leaves.enumerated() {
      rowCounts[Int(leaf)] += 1
      for task in 0..<taskCount {
        positiveCounts[Int(leaf)][task] += Int(block.labels[row * taskCount + task])
      }
    }
  }

  /// Checks that every cell has both classes.
  ///
  /// - Throws: ``Diagnostic`` that names the cell and suggests a sufficient number of rows.
  func requireBothClasses(rowCount: Int, of total: Int) throws {
    for (task, taskName) in SyntheticWorld.taskNames.enumerated() {
      for (leaf, leafName) in world.scenarios.leafNames.enumerated() {
        let missing: String
        if positiveCounts[leaf][task] == 0 {
          missing = "positive"
        } else if positiveCounts[leaf][task] == rowCounts[leaf] {
          missing = "negative"
        } else {
          continue
        }
        throw Diagnostic(
          "the \(split.rawValue) split (\(rowCount) of \(total) rows) has no \(missing) of task "
            + "'\(taskName)' in scenario \(leafName); ask for about \(suggestedRows) rows, or raise "
            + "ctrMultiplier or ctcvrMultiplier")
      }
    }
  }

  /// The number of rows that gives enough positives in the rarest cell, to two significant digits.
  private var suggestedRows: Int {
    let rarest = world.traffic.map { $0.share * min($0.ctr, $0.ctcvr) }.min() ?? 1
    let rows = Self.suggestedPositives / (0.1 * rarest)
    var unit = 1.0
    while rows / unit >= 100 { unit *= 10 }
    return Int((rows / unit).rounded(.up) * unit)
  }
}
