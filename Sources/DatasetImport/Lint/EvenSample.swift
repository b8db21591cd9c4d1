import Datasets
import Ranking

/// Rows at even distances among those that pass: row `⌊i · n / m⌋` of n for every i below m.
struct EvenSample {
  /// The greatest number of rows in a sample.
  static let limit = 100_000

  /// The rows of the sample so far; bags have offsets as those of one block.
  private(set) var rows: RowBlock

  /// The labels' mask, as ``RowBlock/mask``.
  private(set) var mask: [UInt8] = []

  private let problem: Problem
  private let rowCount: Int
  private let size: Int
  private var passedCount = 0

  /// Creates a sample of `rowCount` rows.
  init(_ problem: Problem, of rowCount: Int) {
    self.problem = problem
    self.rowCount = rowCount
    size = min(rowCount, Self.limit)
    rows = RowBlock(
      ids: [], bags: problem.bags.map { _ in Batch.Bag(offsets: [0], ids: []) }, numericals: [],
      leaves: [], labels: [])
  }

  /// Takes the rows of the sample out of the next ones.
  mutating func add(_ block: RowBlock) {
    let (fields, numericals) = (problem.fields.count, problem.numericals.count)
    let tasks = problem.tasks.count
    while rows.rowCount < size {
      let row = rows.rowCount * rowCount / size - passedCount
      guard row < block.rowCount else { break }
      rows.ids += block.ids[row * fields..<(row + 1) * fields]
      rows.numericals += block.numericals[row * numericals..<(row + 1) * numericals]
      rows.labels += block.labels[row * tasks..<(row + 1) * tasks]
      if let cells = block.mask {
        mask += cells[row * tasks..<(row + 1) * tasks]
      } else {
        mask += repeatElement(1, count: tasks)
      }
      for (index, bag) in block.bags.enumerated() {
        rows.bags[index].ids += bag.ids[Int(bag.offsets[row])..<Int(bag.offsets[row + 1])]
        rows.bags[index].offsets.append(Int32(rows.bags[index].ids.count))
      }
      rows.leaves.append(block.leaves[row])
    }
    passedCount += block.rowCount
  }
}
