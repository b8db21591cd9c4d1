import Configuration
import Foundation
import Ranking
import TensorCore

/// The labels, scenario and group of every row of a split, for evaluation.
struct LabelTable: Sendable {
  private enum Outcome {
    static let negative: UInt8 = 0
    static let positive: UInt8 = 1
    static let undefined: UInt8 = 2
  }

  /// The number of rows above which cells are measured sequentially, so that memory holds the
  /// sorted rows of only one cell at a time; sorting itself is multithreaded.
  private static let concurrentRowLimit = 1 << 22

  let problem: Problem
  private let followed: [Int?]
  private(set) var leaves: [Int32] = []
  private(set) var groups: [Int32]?
  private var outcomes: [UInt8] = []

  private var taskCount: Int { problem.tasks.count }

  /// Creates an empty table for a split, to which rows are appended in order.
  ///
  /// - Throws: An error if the groups cannot be read; ``Diagnostic`` if tasks follow each other in
  ///   a circle.
  init(_ source: any RowSource) throws {
    problem = source.problem
    followed = try TaskChains(problem.tasks).followed
    groups = try source.groups
    outcomes.reserveCapacity(source.rowCount * problem.tasks.count)
    leaves.reserveCapacity(source.rowCount)
  }

  /// Reads the labels of all rows of a split.
  ///
  /// - Throws: An error if rows cannot be read.
  init(reading source: any RowSource, batchSize: Int = 4096) throws {
    try self.init(source)
    for start in stride(from: 0, to: source.rowCount, by: batchSize) {
      let rows = start..<min(source.rowCount, start + batchSize)
      append(try source.batch(rows: rows.map(Int32.init)))
    }
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

  /// Returns the label of a row; nil if the task is undefined on it.
  func label(row: Int, task: Int) -> Bool? {
    let outcome = outcomes[row * taskCount + task]
    return outcome == Outcome.undefined ? nil : outcome == Outcome.positive
  }

  /// Returns the measures of predicted log-odds `[rows, tasks]`.
  func grid(logits: [Float], metrics: [Metric] = metricCatalog) -> MetricGrid {
    let scenarios = problem.scenarios.leafNames
    let jobs = problem.tasks.indices.flatMap { task in
      [(task, Int?.none)] + scenarios.indices.map { (task, $0) }
    }
    let rowsOfLeaf = rowsByLeaf(count: scenarios.count)
    func measure(_ job: (task: Int, leaf: Int?)) -> MetricCell {
      job.leaf.map { cell(task: job.task, rows: rowsOfLeaf[$0], logits: logits, metrics) }
        ?? cell(task: job.task, rows: leaves.indices, logits: logits, metrics)
    }
    let isLarge = leaves.count > Self.concurrentRowLimit
    let measured = isLarge ? jobs.map(measure) : concurrentMap(jobs, measure)
    let width = scenarios.count + 1
    return MetricGrid(
      tasks: problem.tasks.map(\.name), scenarios: scenarios,
      cells: problem.tasks.indices.map {
        Array(measured[$0 * width + 1..<($0 + 1) * width])
      },
      pooled: problem.tasks.indices.map { measured[$0 * width] })
  }

  /// Checks that metrics are defined on the rows, those of the validation split, whatever a model
  /// predicts.
  ///
  /// - Throws: ``Diagnostic`` with what the rows lack, or if there is no such task or scenario.
  func checkDefines(_ metrics: [MetricName]) throws {
    let blank = grid(
      logits: Array(repeating: 0, count: leaves.count * taskCount),
      metrics: Array(Set(metrics.map(\.metric))))
    for metric in metrics where try blank.value(metric) == nil {
      throw Diagnostic(
        "the metric '\(metric)' is not defined on the validation split: "
          + Validation.counts(in: blank, monitor: metric, hasGroups: groups != nil))
    }
  }

  private func cell<Rows: Collection>(
    task: Int, rows: Rows, logits: [Float], _ metrics: [Metric]
  ) -> MetricCell where Rows.Element: BinaryInteger {
    var defined: [Int32] = []
    defined.reserveCapacity(rows.count)
    for row in rows where outcomes[Int(row) * taskCount + task] != Outcome.undefined {
      defined.append(Int32(row))
    }
    let needsConditional = metrics.contains { $0.domain == .followedPositives }
    return MetricCell(
      logits: defined.map { logits[Int($0) * taskCount + task] },
      labels: defined.map { outcomes[Int($0) * taskCount + task] == Outcome.positive },
      groups: groups.map { groups in defined.map { groups[Int($0)] } },
      conditional: needsConditional ? conditional(task: task, rows: defined, logits) : nil,
      metrics: metrics)
  }

  /// Returns the scores and labels of a task on the rows where the task that it follows is
  /// positive; nil if it follows none.
  private func conditional(task: Int, rows: [Int32], _ logits: [Float])
    -> (scores: [Float], labels: [Bool])?
  {
    guard let followed = followed[task] else { return nil }
    func logRate(_ logOdds: Float) -> Double {
      let z = Double(logOdds)
      return min(z, 0) - log1p(exp(-abs(z)))
    }
    let positives = rows.lazy.map { Int($0) * taskCount }.filter {
      outcomes[$0 + followed] == Outcome.positive
    }
    return (
      positives.map { Float(logRate(logits[$0 + task]) - logRate(logits[$0 + followed])) },
      positives.map { outcomes[$0 + task] == Outcome.positive }
    )
  }

  private func rowsByLeaf(count: Int) -> [[Int32]] {
    var result = [[Int32]](repeating: [], count: count)
    var counts = [Int](repeating: 0, count: count)
    for leaf in leaves { counts[Int(leaf)] += 1 }
    for leaf in 0..<count { result[leaf].reserveCapacity(counts[leaf]) }
    for (row, leaf) in leaves.enumerated() { result[Int(leaf)].append(Int32(row)) }
    return result
  }
}
