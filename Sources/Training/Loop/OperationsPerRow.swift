import Ranking
import TensorCore

extension TrainingProgress {
  /// Adds the forward and backward operations of a step's tape.
  mutating func count(_ tape: Tape) {
    operations? += tape.forwardOperations
    operations? += tape.backwardOperations
  }
}

extension TrainingSession {
  /// The floating-point operations of all steps so far, forward and backward with the loss; nil if not
  /// all steps were counted: with several ranks, for an exact fit, and after a checkpoint of an earlier
  /// version.
  public var operations: OperationCount? {
    model.linearModel == nil && model.store.ranks == nil ? progress.operations : nil
  }
}

extension TrainingOutcome {
  /// The floating-point operations of training per row: those of all steps, divided by the rows seen;
  /// nil if not all steps were counted.
  public var operationsPerRow: Double? {
    operations.flatMap { rowCount > 0 ? Double($0.total) / Double(rowCount) : nil }
  }
}

extension BuiltModel {
  /// Returns the floating-point operations of predicting a row, as the tape counts them: the mean over
  /// at most `count` evenly spaced training rows, as one batch, with the current weights.
  ///
  /// With sparse routing, the number depends on the experts that these rows select.
  ///
  /// - Parameters:
  ///   - split: The rows; their labels have no part in it.
  ///   - count: The number of rows.
  /// - Returns: nil if the model is trained by several ranks.
  /// - Throws: An error if rows cannot be read.
  public func operationsPerRow(on split: TrainingSplit, rows count: Int) throws -> Double? {
    let available = split.rows.rowCount
    let count = min(count, available)
    guard store.ranks == nil, count > 0 else { return nil }
    let rows = try split.rows.batch(rows: (0..<count).map { Int32($0 * available / count) })
    let tape = Tape()
    _ = self(rows.batch, in: .evaluation(at: moment, tape: tape))
    return Double(tape.forwardOperations.total) / Double(count)
  }
}
