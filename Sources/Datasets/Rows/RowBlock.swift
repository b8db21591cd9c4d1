import Ranking

/// Consecutive rows on their way into a cache.
public struct RowBlock: Sendable {
  /// The number of rows.
  public var rowCount: Int { leaves.count }

  /// The ids of the single-valued fields: `[rowCount, fields]`, row-major.
  public var ids: [Int32]

  /// The values of the multi-valued fields, offsets from 0 in every block.
  public var bags: [Batch.Bag]

  /// The scaled numerical features: `[rowCount, numericals]`, row-major.
  public var numericals: [Float]

  /// The leaf scenario of every row.
  public var leaves: [Int32]

  /// The labels, 0 or 1: `[rowCount, tasks]`, row-major.
  public var labels: [UInt8]

  /// 1 where the task is defined, else 0: `[rowCount, tasks]`; nil where all are.
  public var mask: [UInt8]?

  /// The group of every row, numbered from 0 within the split; nil where the data has none.
  public var groups: [Int32]?

  /// What multiplies the training loss of every row; nil where all rows weigh 1.
  public var weights: [Float]?

  /// Creates a block.
  public init(
    ids: [Int32], bags: [Batch.Bag] = [], numericals: [Float], leaves: [Int32], labels: [UInt8],
    mask: [UInt8]? = nil, groups: [Int32]? = nil, weights: [Float]? = nil
  ) {
    self.ids = ids
    self.bags = bags
    self.numericals = numericals
    self.leaves = leaves
    self.labels = labels
    self.mask = mask
    self.groups = groups
    self.weights = weights
  }
}
