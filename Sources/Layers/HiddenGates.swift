import TensorCore

/// Gates with hidden layers, one per segment of rows, each of which turns a row into weights over
/// experts that sum to one.
///
///     w = softmax(f(x) W)
///
/// f has biases, no normalization and no dropout; the last map has no bias. See ``SoftmaxGates``
/// for gates without hidden layers.
public final class HiddenGates {
  private let hidden: MLPBank
  private let gates: SoftmaxGates

  /// Creates the gates.
  ///
  /// - Parameters:
  ///   - inputSize: The number of columns of a row.
  ///   - hiddenSizes: The output size of each hidden layer.
  ///   - activation: Applied after every hidden layer.
  ///   - expertCount: The number of experts that every gate weights.
  ///   - scopes: The scopes in which each segment's gate is created, its hidden layers under
  ///     `hidden`.
  public init(
    inputSize: Int, hiddenSizes: [Int], activation: Activation = .relu, expertCount: Int,
    scopes: [ParameterScope]
  ) {
    hidden = MLPBank(
      inputSize: inputSize, sizes: hiddenSizes, activation: activation,
      scopes: scopes.map { $0["hidden"] })
    gates = SoftmaxGates(
      inputSize: hidden.outputSize, gateCount: 1, expertCount: expertCount, scopes: scopes)
  }

  /// Returns the weights of every segment's rows.
  ///
  /// - x: `[segments.inputRowCount, inputSize]`; result: `[segments.outputRowCount, expertCount]`.
  /// - Precondition: with more than one reader of a part, there is at least one hidden layer.
  public func callAsFunction(
    _ x: Variable, segments: Segments, in context: ForwardContext
  ) -> Variable {
    gates(hidden(x, segments: segments, in: context), segments: segments.following, in: context)[0]
  }
}
