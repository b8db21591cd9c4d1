import Ranking

/// Rows with all that a split counts of them; may be made of several blocks at once.
package struct CheckedBlock: Sendable {
  /// The rows.
  package var block: RowBlock

  /// The labels, 0 where the task is not defined, and where it is: `[rowCount, tasks]`.
  let labels: [UInt8]
  let mask: [UInt8]

  /// Whether every task is defined on every row.
  let isEveryCellDefined: Bool

  /// The counts of the rows; nil where they do not fit the problem.
  let counts: SplitCounts?

  package init(_ block: RowBlock, _ problem: Problem) {
    self.block = block
    guard (try? block.validate(for: problem, firstRow: 0)) != nil else {
      (labels, mask, isEveryCellDefined, counts) = ([], [], true, nil)
      return
    }
    let mask = block.mask ?? [UInt8](repeating: 1, count: block.labels.count)
    self.mask = mask
    labels = block.mask == nil ? block.labels : zip(block.labels, mask).map { $0 & $1 }
    isEveryCellDefined = block.mask == nil || !mask.contains(0)
    var counts = SplitCounts(problem: problem)
    counts.add(leaves: block.leaves, labels: block.labels, mask: mask)
    self.counts = counts
  }
}
