import Configuration
import Ranking

/// Consecutive rows to be written to a cache.
public struct RowBlock: Sendable {
  /// The number of rows.
  public var rowCount: Int { leaves.count }

  /// The ids of the single-valued fields: `[rowCount, fields]`, row-major.
  public var ids: [Int32]

  /// The values of the multi-valued fields, with offsets starting at 0 in every block.
  public var bags: [Batch.Bag]

  /// The scaled numerical features: `[rowCount, numericals]`, row-major.
  public var numericals: [Float]

  /// The leaf scenario of every row.
  public var leaves: [Int32]

  /// The labels, 0 or 1: `[rowCount, tasks]`, row-major.
  public var labels: [UInt8]

  /// 1 where the task is defined, else 0: `[rowCount, tasks]`; nil if all cells are defined.
  public var mask: [UInt8]?

  /// The group of every row, numbered from 0 within the split; nil if the data set has no groups.
  public var groups: [Int32]?

  /// The weight of every row in the training loss; nil if all weights are 1.
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

/// Rows with the result of their check; several blocks can be checked concurrently.
package struct CheckedBlock: Sendable {
  /// The rows.
  package var block: RowBlock

  /// The data that a split needs if the rows match the problem, or the reason why they do not.
  let result: Result<Cells, RowFault>

  /// The labels of rows, and their counts.
  struct Cells: Sendable {
    /// The labels, 0 where undefined, and the mask of defined cells: `[rowCount, tasks]`.
    let labels: [UInt8]
    let mask: [UInt8]

    /// Whether every task is defined on every row.
    let isEveryCellDefined: Bool

    /// The row counts.
    let counts: SplitCounts

    init(_ block: RowBlock, _ problem: Problem) {
      let mask = block.mask ?? [UInt8](repeating: 1, count: block.labels.count)
      self.mask = mask
      labels = block.mask == nil ? block.labels : zip(block.labels, mask).map { $0 & $1 }
      isEveryCellDefined = block.mask == nil || !mask.contains(0)
      var counts = SplitCounts(problem: problem)
      counts.add(leaves: block.leaves, labels: block.labels, mask: mask)
      self.counts = counts
    }
  }

  /// Checks rows against a problem.
  package init(_ block: RowBlock, _ problem: Problem) {
    self.block = block
    result = Result { () throws(RowFault) in
      try block.validate(for: problem)
      return Cells(block, problem)
    }
  }
}

extension RowBlock {
  /// Checks sizes and ranges against a problem.
  ///
  /// - Throws: ``RowFault`` with the first row and column that do not match.
  func validate(for problem: Problem) throws(RowFault) {
    func check(_ part: String, _ count: Int, perRow: Int) throws(RowFault) {
      guard count == rowCount * perRow else {
        throw RowFault(
          "\(part) has \(count) values, but \(rowCount) rows need \(rowCount * perRow)")
      }
    }
    try check("ids", ids.count, perRow: problem.fields.count)
    try check("numericals", numericals.count, perRow: problem.numericals.count)
    try check("labels", labels.count, perRow: problem.tasks.count)
    if let mask { try check("mask", mask.count, perRow: problem.tasks.count) }
    if let groups { try check("groups", groups.count, perRow: 1) }
    if let weights { try check("weights", weights.count, perRow: 1) }
    guard bags.count == problem.bags.count else {
      throw RowFault(
        "\(bags.count) multi-valued fields given, the problem has \(problem.bags.count)")
    }

    let sizes = problem.fields.map { Int32(clamping: $0.vocabularySize) }
    if !ids.withUnsafeBufferPointer(RowRanges(problem).areIDs),
      let i = ids.indices.first(where: { ids[$0] < 0 || ids[$0] >= sizes[$0 % sizes.count] })
    {
      let field = problem.fields[i % sizes.count]
      throw RowFault(
        row: i / sizes.count,
        "id \(ids[i]) of field '\(field.name)' is not in "
          + "0..<\(field.vocabularySize)")
    }
    for (bag, field) in zip(bags, problem.bags) {
      let offsets = bag.offsets
      guard offsets.count == rowCount + 1, offsets.first == 0,
        offsets.last == Int32(bag.ids.count), zip(offsets, offsets.dropFirst()).allSatisfy(<=)
      else {
        throw RowFault("the offsets of field '\(field.name)' do not fit \(rowCount) rows")
      }
      if let id = bag.ids.first(where: { $0 < 0 || $0 >= field.vocabularySize }) {
        throw RowFault(
          "id \(id) of field '\(field.name)' is not in 0..<\(field.vocabularySize)")
      }
    }
    if !numericals.withUnsafeBufferPointer(RowRanges.areFinite),
      let i = numericals.firstIndex(where: { !$0.isFinite })
    {
      let count = problem.numericals.count
      throw RowFault(
        row: i / count,
        "numerical '\(problem.numericals[i % count])' is \(numericals[i]), but must be finite")
    }
    let leafCount = problem.scenarios.leafCount
    if let i = leaves.firstIndex(where: { $0 < 0 || $0 >= leafCount }) {
      throw RowFault(row: i, "leaf \(leaves[i]) is not in 0..<\(leafCount)")
    }
    for (part, values) in [("label", labels), ("mask", mask ?? [])] {
      if let i = values.firstIndex(where: { $0 > 1 }) {
        let count = problem.tasks.count
        throw RowFault(
          row: i / count,
          "the \(part) of task '\(problem.tasks[i % count].name)' is \(values[i]), but must be 0 or 1"
        )
      }
    }
    if let weights, let i = weights.firstIndex(where: { !($0 > 0 && $0.isFinite) }) {
      throw RowFault(row: i, "the weight is \(weights[i]), but must be above 0")
    }
    if let groups, let i = groups.firstIndex(where: { $0 < 0 }) {
      throw RowFault(row: i, "group \(groups[i]) is negative")
    }
  }
}

/// The reason why rows do not match their problem.
struct RowFault: Error {
  /// The affected row of the block, from 0; nil if all rows are affected.
  let row: Int?

  /// A description of the value found and the accepted values.
  let problem: String

  init(row: Int? = nil, _ problem: String) {
    self.row = row
    self.problem = problem
  }

  /// Returns the diagnostic for a block that starts at row `firstRow` of the split.
  func diagnostic(firstRow: Int) -> Diagnostic {
    let diagnostic = Diagnostic(problem)
    return row.map { diagnostic.at("row \(firstRow + $0)") } ?? diagnostic
  }
}
