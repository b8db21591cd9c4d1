import Ranking

/// What a judge knows of every row of a split: outcomes, scenario and group.
struct LabelTable: Sendable {
  private enum Outcome {
    static let negative: UInt8 = 0
    static let positive: UInt8 = 1
    static let undefined: UInt8 = 2
  }

  let problem: Problem
  private(set) var leaves: [Int32] = []
  private(set) var groups: [Int32]?
  private var outcomes: [UInt8] = []

  private var taskCount: Int { problem.tasks.count }

  /// Starts the table of a split: rows are to be appended in order.
  ///
  /// - Throws: What tells that the groups cannot be read.
  init(_ source: any RowSource) throws {
    problem = source.problem
    groups = try source.groups
    outcomes.reserveCapacity(source.rowCount * problem.tasks.count)
    leaves.reserveCapacity(source.rowCount)
  }

  mutating func append(_ rows: LabeledBatch) {
    leaves += rows.batch.leaves
    rows.labels.withUnsafeBufferPointer { labels in
      rows.mask.withUnsafeBufferPointer { mask in
        for (label, defined) in zip(labels, mask) {
          outcomes.append(
            defined == 0 ? Outcome.undefined : label > 0.5 ? Outcome.positive : Outcome.negative)
        }
      }
    }
  }

  /// Returns the measures of predicted log-odds `[rows, tasks]`.
  func grid(logits: [Float]) -> MetricGrid {
    let scenarios = problem.scenarios.leafNames
    let jobs = problem.tasks.indices.flatMap { task in
      [(task, Int?.none)] + scenarios.indices.map { (task, $0) }
    }
    let rowsOfLeaf = rowsByLeaf(count: scenarios.count)
    let all = leaves.indices.map(Int32.init)
    let measured = concurrentMap(jobs) { task, leaf in
      cell(task: task, rows: leaf.map { rowsOfLeaf[$0] } ?? all, logits: logits)
    }
    let width = scenarios.count + 1
    return MetricGrid(
      tasks: problem.tasks.map(\.name), scenarios: scenarios,
      cells: problem.tasks.indices.map {
        Array(measured[$0 * width + 1..<($0 + 1) * width])
      },
      pooled: problem.tasks.indices.map { measured[$0 * width] })
  }

  private func cell(task: Int, rows: [Int32], logits: [Float]) -> MetricCell {
    let defined = rows.filter { outcomes[Int($0) * taskCount + task] != Outcome.undefined }
    return MetricCell(
      logits: defined.map { logits[Int($0) * taskCount + task] },
      labels: defined.map { outcomes[Int($0) * taskCount + task] == Outcome.positive },
      groups: groups.map { groups in defined.map { groups[Int($0)] } })
  }

  private func rowsByLeaf(count: Int) -> [[Int32]] {
    var result = [[Int32]](repeating: [], count: count)
    for (row, leaf) in leaves.enumerated() { result[Int(leaf)].append(Int32(row)) }
    return result
  }
}
