import Datasets
import Foundation
import Tabular
import TensorCore

/// Staged rows with the split and leaf scenario of each; rows of dropped scenarios are left out.
struct PreparedSource {
  let staged: StagedRows
  let assigner: SplitAssigner
  let scenarios: ScenarioIndex

  /// Rows with everything that determines their destination.
  struct Rows {
    var frame: StagedFrame
    /// The index of their source in the schema.
    var source: Int
    var splits: [SplitName]
    var leaves: [Int32]

    /// Returns the positions of the rows of a split.
    func positions(of split: SplitName) -> [Int] { splits.indices.filter { splits[$0] == split } }

    /// Returns only the rows at `positions`.
    func selecting(_ positions: [Int]) -> Rows {
      if positions.count == splits.count { return self }
      return Rows(
        frame: frame.selecting(positions), source: source, splits: positions.map { splits[$0] },
        leaves: positions.map { leaves[$0] })
    }
  }

  /// Collects the scenarios of the train rows, unless the schema lists them.
  init(_ staged: StagedRows, progress: (Int) throws -> Void) throws {
    let schema = staged.schema
    self.staged = staged
    let assigner = try SplitAssigner(staged, progress: progress)
    self.assigner = assigner
    guard ScenarioPath.mustBeSurveyed(schema.scenarios) else {
      scenarios = try ScenarioIndex(schema.scenarios, paths: nil)
      return
    }
    let columns = schema.scenarios.map(\.column)
    let wanted = Set(columns + schema.split.columns)
    var table = KeyTable()
    var paths: [ScenarioPath] = []
    for number in 0..<staged.blockCount {
      guard let block = staged.block(number) else { continue }
      let frame = try staged.frame(of: block, columns: wanted)
      let splits = try assigner.splits(of: frame, source: block.source)
      let texts = try columns.map { try frame.keys($0) }
      try RowKeys(columns: columns, of: frame).forEach { row, key in
        guard splits[row] == .train else { return }
        let number = table.insert(key)
        if number == paths.count {
          let values = texts.map { $0.table.string(Int($0.numbers[row])) }
          paths.append(ScenarioPath(values: values, rowCount: 0))
        }
        paths[number].rowCount += 1
      }
      try progress(frame.rowCount)
    }
    scenarios = try schema.locatingEach { try ScenarioIndex(schema.scenarios, paths: paths) }
  }

  /// Processes the rows of every block on several threads, and passes on the results in order.
  ///
  /// - Parameter isLast: Whether the rows are not needed afterwards, so that their memory can be
  ///   freed.
  func forEach<Product>(
    isLast: Bool = false, work: (Rows) throws -> Product, inOrder: (Product) throws -> Void,
    progress: (Int) throws -> Void
  ) throws {
    var blocks = (0..<staged.blockCount).makeIterator()
    try orderedPipeline(
      next: { blocks.next().flatMap { isLast ? staged.take($0) : staged.block($0) } },
      work: { block in
        let frame = try staged.frame(of: block)
        return (try rows(of: frame, source: block.source).map(work), frame.rowCount)
      },
      inOrder: { product, rowCount in
        if let product { try inOrder(product) }
        try progress(rowCount)
      })
  }

  /// Returns the rows of a frame that belong to a scenario; nil if none does.
  private func rows(of frame: StagedFrame, source: Int) throws -> Rows? {
    let leaves = try scenarios.leaves(of: frame)
    let kept = leaves.indices.filter { leaves[$0] != nil }
    let frame = frame.selecting(kept)
    guard frame.rowCount > 0 else { return nil }
    return Rows(
      frame: frame, source: staged.schema.sources[source].number,
      splits: try assigner.splits(of: frame, source: source),
      leaves: leaves.compactMap { $0 })
  }
}
