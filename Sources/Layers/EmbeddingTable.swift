import TensorCore

/// A table with one trained vector per id.
///
/// Vectors are initialized from a normal distribution with standard deviation 1 / sqrt(size), so
/// their norm is about one.
public final class EmbeddingTable {
  /// The number of columns of each vector.
  public let size: Int

  private let table: Parameter

  /// Creates the table.
  public init(count: Int, size: Int, scope: ParameterScope) {
    self.size = size
    table = scope.parameter(
      "table", shape: [count, size],
      initializer: .normal(deviation: 1 / Float(size).squareRoot()), isTable: true)
  }

  /// Returns the vector of every id: `[ids.count, size]`.
  public func callAsFunction(_ ids: [Int32], in context: ForwardContext) -> Variable {
    context(table).embedded(ids: ids, fieldCount: 1)
  }
}
