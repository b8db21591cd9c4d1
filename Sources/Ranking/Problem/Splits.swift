/// Rows that can be read in any order: one part of a data set.
public protocol RowSource: Sendable {
  /// The problem that the rows belong to.
  var problem: Problem { get }

  /// The number of rows.
  var rowCount: Int { get }

  /// Returns the given rows, in the given order.
  ///
  /// - Precondition: every index is in `0..<rowCount`.
  /// - Throws: An error if the rows cannot be read.
  func batch(rows: [Int32]) throws -> LabeledBatch

  /// The group of every row (user, or search page) for grouped metrics, numbered within this
  /// source; nil if the data has no groups.
  var groups: [Int32]? { get throws }
}

/// Rows that weights are fitted to.
public struct TrainingSplit: Sendable {
  /// The rows.
  public let rows: any RowSource

  /// Creates a training split.
  public init(_ rows: any RowSource) { self.rows = rows }
}

/// A split that a model may be evaluated on.
public protocol EvaluationSplit: Sendable {
  /// The rows.
  var rows: any RowSource { get }
}

/// Rows for early stopping and model selection, which see no other rows.
public struct ValidationSplit: EvaluationSplit {
  /// The rows.
  public let rows: any RowSource

  /// Creates a validation split.
  public init(_ rows: any RowSource) { self.rows = rows }
}

/// Rows to report on, which nothing that trains or selects accepts.
public struct TestSplit: EvaluationSplit {
  /// The rows.
  public let rows: any RowSource

  /// Creates a test split.
  public init(_ rows: any RowSource) { self.rows = rows }
}
