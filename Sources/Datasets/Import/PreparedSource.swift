import Foundation

/// Frames with the split and leaf scenario of every row; rows of dropped scenarios are left out.
struct PreparedSource {
  let source: FrameSource
  let assigner: SplitAssigner
  let scenarios: ScenarioIndex

  /// Rows with all that decides where they go.
  struct Rows {
    var frame: Frame
    var source: Int
    var splits: [SplitName]
    var leaves: [Int32]

    /// The positions of the rows of a split.
    func positions(of split: SplitName) -> [Int] { splits.indices.filter { splits[$0] == split } }

    /// Returns the rows at `positions` alone.
    func selecting(_ positions: [Int]) -> Rows {
      Rows(
        frame: frame.selecting(positions), source: source, splits: positions.map { splits[$0] },
        leaves: positions.map { leaves[$0] })
    }
  }

  /// Surveys the files as far as needed: row counts, then scenarios of the train rows.
  init(_ source: FrameSource, progress: (ImportPhase, Int) throws -> Void) throws {
    let schema = source.schema
    self.source = source
    let rowCounts =
      SplitAssigner.needsRowCounts(schema)
      ? try source.countRows { try progress(.count, $0) } : []
    assigner = SplitAssigner(schema: schema, rowCounts: rowCounts)
    guard ScenarioPath.mustBeSurveyed(schema.scenarios) else {
      scenarios = try ScenarioIndex(schema.scenarios, paths: nil)
      return
    }
    let columns = schema.scenarios.map(\.column)
    var table = KeyTable()
    var paths: [ScenarioPath] = []
    let assigner = assigner
    try source.forEach(
      columns: Set(columns + schema.split.columns), progress: { try progress(.survey, $0) }
    ) { frame, index in
      let splits = try assigner.splits(of: frame, source: index)
      let texts = try columns.map { try frame.texts($0) }
      try RowKeys(columns: columns, of: frame).texts.forEach { row, key in
        guard splits[row] == .train else { return }
        let number = table.insert(key)
        if number == paths.count {
          paths.append(ScenarioPath(values: texts.map { $0.string(row) }, rowCount: 0))
        }
        paths[number].rowCount += 1
      }
    }
    scenarios = try ScenarioIndex(schema.scenarios, paths: paths)
  }

  /// Calls `body` with all rows, in the order of files and rows; returns how many were dropped
  /// because of their scenario.
  @discardableResult
  func forEach(
    progress: (Int) throws -> Void, _ body: (Rows) throws -> Void
  ) throws -> Int {
    var droppedCount = 0
    try source.forEach(columns: source.schema.referencedColumns, progress: progress) {
      frame, index in
      let leaves = try scenarios.leaves(of: frame)
      let kept = leaves.indices.filter { leaves[$0] != nil }
      droppedCount += frame.rowCount - kept.count
      let frame = kept.count == frame.rowCount ? frame : frame.selecting(kept)
      guard frame.rowCount > 0 else { return }
      try body(
        Rows(
          frame: frame, source: index, splits: assigner.splits(of: frame, source: index),
          leaves: leaves.compactMap { $0 }))
    }
    return droppedCount
  }
}
