import TensorCore

/// Self-attention among the vectors of a short list, with one list per row.
///
///     head_h = softmax(Q_h K_hᵀ / sqrt(size / heads)) V_h,   y = [head_1 … head_H] W_O
///
/// with Q = x W_Q, K = x W_K, V = x W_V and `size / heads` columns of each per head; there are no
/// biases.
///
/// Source: Vaswani et al., NeurIPS 2017, section 3.2.
public final class MultiHeadAttention {
  private let size: Int
  private let headCount: Int
  private let queries: Parameter
  private let keys: Parameter
  private let values: Parameter
  private let output: Parameter

  /// Creates the attention.
  ///
  /// - Parameters:
  ///   - inputSize: The number of columns of a vector.
  ///   - size: The total number of columns of all heads.
  ///   - headCount: The number of heads, a divisor of `size`.
  ///   - scope: The scope in which the four matrices are created.
  public init(inputSize: Int, size: Int, headCount: Int, scope: ParameterScope) {
    require(
      headCount > 0 && size % headCount == 0, "\(headCount) heads cannot share \(size) columns")
    self.size = size
    self.headCount = headCount
    func matrix(_ name: String, _ rows: Int) -> Parameter {
      scope.weight(name, shape: [rows, size])
    }
    queries = matrix("queries", inputSize)
    keys = matrix("keys", inputSize)
    values = matrix("values", inputSize)
    output = matrix("output", size)
  }

  /// Returns one vector for every vector of every list.
  ///
  /// - Parameters:
  ///   - x: `[rows, length, inputSize]`.
  ///   - kept: One byte for each row and position, 0 for padding, to which nothing attends; nil if
  ///     there is no padding. A list that consists only of padding gives zeros.
  ///   - context: The context of the pass.
  /// - Returns: `[rows, length, size]`.
  public func callAsFunction(
    _ x: Variable, keeping kept: [UInt8]? = nil, in context: ForwardContext
  ) -> Variable {
    require(x.shape.count == 3, "attention in \(x.shape): [rows, length, columns] is wanted")
    let (rows, length) = (x.shape[0], x.shape[1])
    require(
      kept?.count ?? (rows * length) == rows * length,
      "\(kept?.count ?? 0) bytes for the vectors of \(x.shape)")
    let pairs = kept.map { kept in
      (0..<rows).flatMap { row in
        (0..<length).flatMap { _ in kept[row * length..<(row + 1) * length] }
      }
    }
    let projections = [queries, keys, values].map {
      x.matmul(context($0)).reshaped(to: [rows * length, size])
    }
    let width = size / headCount
    let heads = (0..<headCount).map { head in
      let parts = projections.map {
        $0.columns(head * width..<(head + 1) * width).reshaped(to: [rows, length, width])
      }
      let scores = parts[0].matmul(parts[1].transposed()).scaled(by: 1 / Float(width).squareRoot())
      return scores.softmax(keeping: pairs).matmul(parts[2]).reshaped(to: [rows * length, width])
    }
    return concatenated(heads).affine(weight: context(output))
      .reshaped(to: [rows, length, size])
  }
}
