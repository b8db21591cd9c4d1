import TensorCore

/// Linear gates: each turns a row into weights over experts that sum to one.
///
///     w = softmax(x W), no bias
///
/// Source: Ma et al. (MMoE), KDD 2018, equation 7.
public final class SoftmaxGates {
  private let weights: [Parameter]
  private let gateCount: Int
  private let expertCount: Int
  private let path: String

  /// Creates the gates of one or more segments of rows.
  ///
  /// The gates of a segment are initialized as one matrix: the fan-out of Glorot's bound counts the
  /// experts of all its gates, so gates begin a little nearer to equal weights the more there are.
  ///
  /// - Parameters:
  ///   - inputSize: The number of columns of a row.
  ///   - gateCount: The gates that every row has.
  ///   - expertCount: The experts that every gate weighs.
  ///   - scopes: Where the gates of each segment are created.
  public init(inputSize: Int, gateCount: Int, expertCount: Int, scopes: [ParameterScope]) {
    self.gateCount = gateCount
    self.expertCount = expertCount
    weights = scopes.map {
      $0.weight(shape: [inputSize, gateCount * expertCount])
    }
    path = scopes.first?.path ?? ""
  }

  /// Returns the weights of every gate: `[rows, expertCount]` each.
  ///
  /// - x: `[rows, inputSize]`; one segment of rows for each scope, or for a single scope any.
  public func callAsFunction(
    _ x: Variable, segments: Segments, in context: ForwardContext
  ) -> [Variable] {
    let rows = x.shape[0]
    let segments = weights.count == 1 ? Segments(counts: [rows]) : segments
    let all = x.affine(segments: segments, weights: weights.map { context($0) })
      .reshaped(to: [rows * gateCount, expertCount]).softmax()
      .reshaped(to: [rows, gateCount * expertCount])
    context.observer?.show(path, all.value.reshaped(to: [rows, gateCount, expertCount]))
    return (0..<gateCount).map { all.columns($0 * expertCount..<($0 + 1) * expertCount) }
  }
}
