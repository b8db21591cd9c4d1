import Configuration
import Foundation
import Ranking
import TensorCore

/// The predictions of a model on a split and their measures.
public struct Evaluation: Sendable {
  /// The log-odds of every row and task: `[rowCount, tasks]`.
  public let logits: Tensor

  /// The measures.
  public let grid: MetricGrid

  /// The labels they were measured against.
  let table: LabelTable

  /// The probabilities of every row and task: `[rowCount, tasks]`.
  public var probabilities: Tensor {
    Tensor(logits.values.map { Float(1 / (1 + exp(-Double($0)))) }, shape: logits.shape)
  }
}

extension BuiltModel {
  /// Predicts all rows of a split and measures the predictions.
  ///
  /// If the model is trained by several ranks, all of them call this with the same arguments: they
  /// predict the batches in turn, and all return the same.
  ///
  /// - Parameters:
  ///   - split: The rows.
  ///   - batchSize: The number of rows per pass.
  ///   - precision: The precision of the matrix products.
  /// - Throws: ``Diagnostic`` if the split is empty or does not belong to the model's problem, or
  ///   if a prediction is not finite; ``MatrixPrecisionError`` if the precision is not available;
  ///   an error if rows cannot be read.
  public func evaluate(
    on split: some EvaluationSplit, batchSize: Int = 4096, precision: MatrixPrecision = .fp32
  ) throws -> Evaluation {
    try precision.checkAvailable()
    try split.rows.problem.check(isThatOf: self, in: "the split to evaluate on")
    let isDivided = store.ranks != nil
    var table =
      try isDivided
      ? LabelTable(reading: split.rows, batchSize: batchSize) : LabelTable(split.rows)
    let logits = try predict(split.rows, batchSize: batchSize, precision: precision) {
      if !isDivided { table.append($0) }
    }
    return Evaluation(
      logits: Tensor(logits, shape: [split.rows.rowCount, split.rows.problem.tasks.count]),
      grid: table.grid(logits: logits), table: table)
  }

  /// Returns the log-odds `[rowCount, tasks]` of a source and calls `visit` with every batch in
  /// order; of several ranks, each with its own batches.
  ///
  /// If `observe` is given, it is called after every batch with what the model showed of it.
  func predict(
    _ source: any RowSource, batchSize: Int, precision: MatrixPrecision,
    visit: (LabeledBatch) -> Void = { _ in },
    observe: ((_ observer: Observer, _ rowCount: Int) -> Void)? = nil
  ) throws -> [Float] {
    guard source.rowCount > 0 else {
      throw Diagnostic("the split to evaluate on has no rows")
    }
    let taskCount = source.problem.tasks.count
    let batchCount = (source.rowCount + batchSize - 1) / batchSize
    let (rank, rankCount) = (store.ranks?.rank ?? 0, store.ranks?.count ?? 1)
    let rows: @Sendable (_ batch: Int) -> Range<Int> = { [count = source.rowCount] in
      min(count, $0 * batchSize)..<min(count, ($0 + 1) * batchSize)
    }
    var logits: [Float] = []
    logits.reserveCapacity(source.rowCount * taskCount / rankCount)
    // In the last round, some ranks may have an empty batch, with which they answer lookups.
    let rounds = (batchCount + rankCount - 1) / rankCount
    let batches = Prefetcher(0..<rounds) { round in
      try source.batch(rows: rows(round * rankCount + rank).map(Int32.init))
    }
    while let batch = try batches.next() {
      let observer = observe.map { _ in Observer() }
      let predictions = MatrixPrecision.$current.withValue(precision) {
        self(batch.batch, in: .evaluation(at: moment, observer: observer)).logits.value
      }
      logits += predictions.values
      if let observe, let observer { observe(observer, batch.batch.rowCount) }
      visit(batch)
    }
    if let ranks = store.ranks {
      let counts = (0..<rankCount).map { rank in
        stride(from: rank, to: batchCount, by: rankCount).reduce(0) {
          $0 + rows($1).count * taskCount
        }
      }
      var parts = ranks.gathered(logits, counts: counts, for: .predictions).map { $0[...] }
      logits = (0..<batchCount).flatMap { index in
        let count = rows(index).count * taskCount
        defer { parts[index % rankCount] = parts[index % rankCount].dropFirst(count) }
        return parts[index % rankCount].prefix(count)
      }
    }
    if let bad = logits.firstIndex(where: { !$0.isFinite }) {
      let task = source.problem.tasks[bad % taskCount].name
      throw Diagnostic(
        "the model predicts \(logits[bad]) for task '\(task)' on row \(bad / taskCount)"
          + (store.firstNonFiniteName.map { "; \($0) is not finite" } ?? ""))
    }
    return logits
  }
}

/// The rows of a split on which a task is defined, with their scores.
package struct ScoredRows: Sendable, Equatable {
  /// The log-odds.
  package let scores: [Float]
  /// The labels.
  package let labels: [Bool]
  /// The scenario of every row, as the number of its leaf.
  package let scenarios: [Int32]
  /// The group of every row, such as its user; nil if the data have none.
  package let groups: [Int32]?

  /// Creates rows.
  package init(scores: [Float], labels: [Bool], scenarios: [Int32], groups: [Int32]?) {
    (self.scores, self.labels, self.scenarios, self.groups) = (scores, labels, scenarios, groups)
  }
}

extension Evaluation {
  /// The rows on which a task is defined, in the order of the split.
  package func rows(ofTask task: Int) -> ScoredRows {
    let (logits, taskCount) = (logits.values, table.problem.tasks.count)
    var (scores, labels, rows): ([Float], [Bool], [Int]) = ([], [], [])
    for row in table.leaves.indices {
      guard let label = table.label(row: row, task: task) else { continue }
      scores.append(logits[row * taskCount + task])
      labels.append(label)
      rows.append(row)
    }
    return ScoredRows(
      scores: scores, labels: labels, scenarios: rows.map { table.leaves[$0] },
      groups: table.groups.map { groups in rows.map { groups[$0] } })
  }
}
