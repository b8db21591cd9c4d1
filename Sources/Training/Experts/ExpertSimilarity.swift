import TensorCore

/// How alike the outputs of the experts of a layer are, by linear centered kernel alignment.
///
/// With X_i the outputs of expert i for a sample of rows, `[rows, size]`, minus their means over rows:
///
///     CKA(i, j) = ‖X_iᵀ X_j‖² / (‖X_iᵀ X_i‖ ‖X_jᵀ X_j‖),   Frobenius norms
///
/// It is 1 if the outputs are the same up to rotation and scale, and 0 if they are uncorrelated.
///
/// Source: Kornblith et al., Similarity of neural network representations revisited, ICML 2019.
public struct ExpertSimilarity: Sendable, Equatable {
  /// The path of the experts in the model.
  public var name: String
  /// CKA of every pair of experts, `[experts][experts]`; nil with an expert whose output is the same for all rows.
  public var values: [[Double?]]

  /// Creates a value.
  public init(name: String, values: [[Double?]]) {
    self.name = name
    self.values = values
  }

  /// The mean over all pairs of different experts; nil if it is undefined for all.
  public var mean: Double? {
    let pairs = values.indices.flatMap { i in (0..<i).compactMap { values[i][$0] } }
    return pairs.isEmpty ? nil : pairs.reduce(0, +) / Double(pairs.count)
  }

  /// Computes the similarity from the outputs of every expert for the same rows.
  ///
  /// - Parameters:
  ///   - name: The path of the experts.
  ///   - outputs: `[rows, size]` of each expert.
  /// - Precondition: All have the same shape.
  public init(name: String, outputs: [Tensor]) {
    self.name = name
    let centered = outputs.map(Self.centered)
    func squaredNorm(_ i: Int, _ j: Int) -> Double {
      Variable(centered[i]).transposed().matmul(Variable(centered[j])).value.values
        .reduce(0) { $0 + Double($1) * Double($1) }
    }
    let own = outputs.indices.map { squaredNorm($0, $0) }
    var values = [[Double?]](
      repeating: Array(repeating: nil, count: outputs.count), count: outputs.count)
    for i in outputs.indices where own[i] > 0 {
      values[i][i] = 1
      for j in 0..<i where own[j] > 0 {
        let value = squaredNorm(i, j) / (own[i] * own[j]).squareRoot()
        values[i][j] = value
        values[j][i] = value
      }
    }
    self.values = values
  }

  /// Returns x minus the means of its columns; columns that are constant up to rounding become zero.
  private static func centered(_ x: Tensor) -> Tensor {
    let (rows, columns) = (x.rowCount, x.columnCount)
    var values = x.values
    for column in 0..<columns {
      let places = stride(from: column, to: values.count, by: columns)
      let mean = places.reduce(0.0) { $0 + Double(values[$1]) } / Double(max(1, rows))
      let largest = places.reduce(Float(0)) { max($0, abs(values[$1])) }
      let spread = places.reduce(0.0) { max($0, abs(Double(values[$1]) - mean)) }
      let isConstant = spread <= 1e-6 * Double(largest)
      for place in places { values[place] = isConstant ? 0 : Float(Double(values[place]) - mean) }
    }
    return Tensor(values, shape: x.shape)
  }
}
