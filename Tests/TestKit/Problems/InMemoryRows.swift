import Ranking
import TensorCore

/// Rows held in memory: the row source of tests.
public struct InMemoryRows: RowSource {
  /// One row, its features and labels.
  public struct Row: Sendable, Equatable {
    /// The id of every categorical field.
    public var ids: [Int32]
    /// The ids of every multi-valued field.
    public var bags: [[Int32]]
    /// The numerical features, scaled.
    public var numericals: [Float]
    /// The leaf scenario.
    public var leaf: Int32
    /// The label of every task; nil where the task is not defined on the row.
    public var labels: [Float?]
    /// The group of the row.
    public var group: Int32

    /// Creates a row.
    public init(
      ids: [Int32], bags: [[Int32]] = [], numericals: [Float] = [], leaf: Int32 = 0,
      labels: [Float?], group: Int32 = 0
    ) {
      self.ids = ids
      self.bags = bags
      self.numericals = numericals
      self.leaf = leaf
      self.labels = labels
      self.group = group
    }
  }

  /// What the rows are made of.
  public let problem: Problem

  /// The rows.
  public let rows: [Row]

  /// Creates a source.
  ///
  /// - Precondition: every row fits the problem.
  public init(problem: Problem, rows: [Row]) {
    precondition(
      rows.allSatisfy {
        $0.ids.count == problem.fields.count && $0.bags.count == problem.bags.count
          && $0.numericals.count == problem.numericals.count
          && $0.labels.count == problem.tasks.count
          && problem.scenarios.leaves.indices.contains(Int($0.leaf))
      }, "a row does not fit the problem")
    self.problem = problem
    self.rows = rows
  }

  /// The number of rows.
  public var rowCount: Int { rows.count }

  /// The group of every row.
  public var groups: [Int32]? { rows.map(\.group) }

  /// Returns the given rows, in the given order.
  public func batch(rows indices: [Int32]) -> LabeledBatch {
    let chosen = indices.map { rows[Int($0)] }
    let bags = problem.bags.indices.map { bag in
      var offsets: [Int32] = [0]
      var ids: [Int32] = []
      for row in chosen {
        ids += row.bags[bag]
        offsets.append(Int32(ids.count))
      }
      return Batch.Bag(offsets: offsets, ids: ids)
    }
    let labels = chosen.flatMap(\.labels)
    let cells = [chosen.count, problem.tasks.count]
    return LabeledBatch(
      batch: Batch(
        ids: chosen.flatMap(\.ids), bags: bags,
        numericals: Tensor(
          chosen.flatMap(\.numericals), shape: [chosen.count, problem.numericals.count]),
        leaves: chosen.map(\.leaf)),
      labels: Tensor(labels.map { $0 ?? 0 }, shape: cells),
      mask: Tensor(labels.map { $0 == nil ? 0 : 1 }, shape: cells))
  }

  /// All rows as one batch.
  public var all: LabeledBatch { batch(rows: (0..<Int32(rowCount)).map { $0 }) }

  /// Returns the first rows as one batch.
  public func first(_ count: Int) -> LabeledBatch {
    batch(rows: (0..<Int32(min(count, rowCount))).map { $0 })
  }

  /// Returns the rows that satisfy a condition, as another source of the same problem.
  public func filtered(_ isIncluded: (Row) -> Bool) -> InMemoryRows {
    InMemoryRows(problem: problem, rows: rows.filter(isIncluded))
  }
}

extension RowSource {
  /// All rows in order.
  public var all: LabeledBatch {
    get throws { try batch(rows: (0..<rowCount).map { Int32($0) }) }
  }
}
