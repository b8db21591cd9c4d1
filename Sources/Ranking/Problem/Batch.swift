import TensorCore

/// The rows that a model sees in one pass, without labels, so that no model can use them.
public struct Batch: Sendable {
  /// The values of one multi-valued feature: row `i` has `ids[offsets[i]..<offsets[i + 1]]`.
  public struct Bag: Sendable {
    /// The offset at which each row's values begin, with the total at the end: `rowCount + 1`
    /// numbers.
    public var offsets: [Int32]

    /// The values of all rows, concatenated.
    public var ids: [Int32]

    /// Creates the values of a multi-valued feature.
    public init(offsets: [Int32], ids: [Int32]) {
      self.offsets = offsets
      self.ids = ids
    }
  }

  /// The number of rows.
  public var rowCount: Int { leaves.count }

  /// The ids of the single-valued categorical features: `[rowCount, fields]`, row-major.
  public let ids: [Int32]

  /// The values of the multi-valued features, in the problem's order.
  public let bags: [Bag]

  /// The numerical features, scaled: `[rowCount, numericals]`.
  public let numericals: Tensor

  /// The leaf scenario of every row.
  public let leaves: [Int32]

  /// Creates a batch.
  ///
  /// - Precondition: the parts have the same number of rows.
  public init(ids: [Int32], bags: [Bag] = [], numericals: Tensor, leaves: [Int32]) {
    precondition(numericals.shape.count == 2 && numericals.shape[0] == leaves.count)
    precondition(bags.allSatisfy { $0.offsets.count == leaves.count + 1 })
    precondition(leaves.isEmpty ? ids.isEmpty : ids.count.isMultiple(of: leaves.count))
    self.ids = ids
    self.bags = bags
    self.numericals = numericals
    self.leaves = leaves
  }
}

extension Batch {
  /// Returns some of the rows as a batch, in the given order.
  ///
  /// - rows: Numbers in `0..<rowCount`.
  public func selecting(_ rows: [Int32]) -> Batch {
    let fieldCount = rowCount == 0 ? 0 : ids.count / rowCount
    let bags = bags.map { bag in
      var (offsets, values): ([Int32], [Int32]) = ([0], [])
      for row in rows {
        values += bag.ids[Int(bag.offsets[Int(row)])..<Int(bag.offsets[Int(row) + 1])]
        offsets.append(Int32(values.count))
      }
      return Bag(offsets: offsets, ids: values)
    }
    return Batch(
      ids: rows.flatMap { ids[Int($0) * fieldCount..<(Int($0) + 1) * fieldCount] }, bags: bags,
      numericals: Variable(numericals).rows(rows).value, leaves: rows.map { leaves[Int($0)] })
  }
}

/// A batch with labels, as seen by training and evaluation.
public struct LabeledBatch: Sendable {
  /// The part that the model may see.
  public let batch: Batch

  /// The labels, 0 or 1: `[rowCount, tasks]`.
  public let labels: Tensor

  /// 1 where the task is defined on the row, 0 elsewhere: `[rowCount, tasks]`.
  public let mask: Tensor

  /// The positive factor of every row's training loss: `[rowCount]`; nil if all are 1.
  ///
  /// Metrics ignore it.
  public let weights: [Float]?

  /// Creates a labeled batch.
  public init(batch: Batch, labels: Tensor, mask: Tensor, weights: [Float]? = nil) {
    precondition(labels.shape == mask.shape && labels.shape.first == batch.rowCount)
    precondition(weights.map { $0.count == batch.rowCount } ?? true)
    self.batch = batch
    self.labels = labels
    self.mask = mask
    self.weights = weights
  }
}
