import TensorCore

/// Gates, each of which turns a row into weights over experts that sum to one.
///
///     w = softmax(x W), or softmax(h W + b) with h = MLP(x) for gates with hidden layers
///
/// Source: Ma et al. (MMoE), KDD 2018, equation 7: linear and without bias.
public final class SoftmaxGates {
  private let hidden: MLPBank?
  private let weights: [Parameter]
  private let biases: [Parameter]?
  private let gateCount: Int
  private let expertCount: Int
  private let names: [String]
  private let path: String

  /// Creates the gates of one or more segments of rows.
  ///
  /// The gates of a segment are initialized as one matrix: the fan-out in Glorot's bound counts the
  /// experts of all its gates, so with more gates, their initial weights are slightly closer to
  /// uniform.
  ///
  /// - Parameters:
  ///   - inputSize: The number of columns of a row.
  ///   - gateCount: The number of gates per row.
  ///   - names: What an observer calls the gates, such as the names of tasks; numbers if there are none.
  ///   - expertCount: The number of experts that every gate weights.
  ///   - hiddenSizes: The sizes of hidden layers with ReLU, common to the gates of a segment.
  ///   - hasBias: Whether the last map has a bias, initialized with zeros.
  ///   - scopes: The scopes in which the gates of each segment are created.
  public init(
    inputSize: Int, gateCount: Int, names: [String] = [], expertCount: Int,
    hiddenSizes: [Int] = [], hasBias: Bool = false, scopes: [ParameterScope]
  ) {
    self.gateCount = gateCount
    self.expertCount = expertCount
    hidden =
      hiddenSizes.isEmpty
      ? nil : MLPBank(inputSize: inputSize, sizes: hiddenSizes, scopes: scopes)
    let (size, columns) = (hiddenSizes.last ?? inputSize, gateCount * expertCount)
    weights = scopes.map {
      $0.weight(shape: [size, columns])
    }
    biases =
      hasBias
      ? scopes.map { $0.parameter("bias", shape: [columns], initializer: .zeros, decays: false) }
      : nil
    self.names = names
    path = ParameterScope.commonPath(of: scopes)
  }

  /// Returns the weights of every gate: `[rows, expertCount]` each.
  ///
  /// - x: `[rows, inputSize]`; with one segment of rows per scope, or any segments if there is a
  ///   single scope. Segments may share rows; the weights are then those of
  ///   ``/TensorCore/Segments/output``.
  public func callAsFunction(
    _ x: Variable, segments: Segments, in context: ForwardContext
  ) -> [Variable] {
    let segments = weights.count == 1 ? Segments(counts: [x.shape[0]]) : segments
    let rows = segments.outputRowCount
    let h = hidden.map { $0(x, segments: segments, in: context) } ?? x
    let all = h.affine(
      segments: hidden == nil ? segments : segments.following, weights: weights.map { context($0) },
      biases: biases?.map { context($0) }
    )
    .reshaped(to: [rows * gateCount, expertCount]).softmax()
    .reshaped(to: [rows, gateCount * expertCount])
    context.observer?.show(
      path, all.value.reshaped(to: [rows, gateCount, expertCount]), gates: names)
    return (0..<gateCount).map { all.columns($0 * expertCount..<($0 + 1) * expertCount) }
  }
}
