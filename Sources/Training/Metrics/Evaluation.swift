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
    var table = try LabelTable(split.rows)
    let logits = try predict(split.rows, batchSize: batchSize, precision: precision) {
      table.append($0)
    }
    return Evaluation(
      logits: Tensor(logits, shape: [split.rows.rowCount, split.rows.problem.tasks.count]),
      grid: table.grid(logits: logits), table: table)
  }

  /// Returns the log-odds `[rowCount, tasks]` of a source and calls `visit` with every batch in
  /// order.
  func predict(
    _ source: any RowSource, batchSize: Int, precision: MatrixPrecision,
    visit: (LabeledBatch) -> Void = { _ in }
  ) throws -> [Float] {
    guard source.rowCount > 0 else {
      throw Diagnostic("the split to evaluate on has no rows")
    }
    let taskCount = source.problem.tasks.count
    var logits: [Float] = []
    logits.reserveCapacity(source.rowCount * taskCount)
    let batches = Prefetcher(0..<(source.rowCount + batchSize - 1) / batchSize) { index in
      let rows = index * batchSize..<min(source.rowCount, (index + 1) * batchSize)
      return try source.batch(rows: rows.map(Int32.init))
    }
    while let rows = try batches.next() {
      let predictions = MatrixPrecision.$current.withValue(precision) {
        self(rows.batch, in: .evaluation(at: moment)).logits.value
      }
      logits += predictions.values
      visit(rows)
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
