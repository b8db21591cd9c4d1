import TensorCore

/// An affine map whose weights a network generates for every row, in a low-rank form.
///
///     y = (x U) S(z) V + b,   S(z) = z W_S + b_S as a matrix [rank, rank]
///
/// U and V are shared by all rows; only the small matrix S is the row's own. z describes the row: its
/// scenario, user or features.
///
/// Source: Yan et al. (APG), NeurIPS 2022, sections 3.2 and 3.3. S begins near the identity here, so that
/// the map begins as x U V + b.
public final class GeneratedAffine {
  private let rank: Int
  private let left: Parameter
  private let right: Parameter
  private let bias: Parameter
  private let generator: Parameter
  private let generatorBias: Parameter

  /// Creates the map.
  ///
  /// - Parameters:
  ///   - inputSize: The number of columns of x.
  ///   - outputSize: The number of columns of the result.
  ///   - conditionSize: The number of columns of z.
  ///   - rank: The size of S.
  ///   - scope: Where the parameters are created.
  public init(
    inputSize: Int, outputSize: Int, conditionSize: Int, rank: Int, scope: ParameterScope
  ) {
    self.rank = rank
    left = scope.weight("left", shape: [inputSize, rank])
    right = scope.weight("right", shape: [rank, outputSize])
    bias = scope.parameter("bias", shape: [outputSize], initializer: .zeros, decays: false)
    generator = scope["generator"].weight(shape: [conditionSize, rank * rank])
    generatorBias = scope["generator"].parameter(
      "bias", shape: [rank * rank], initializer: .zeros, decays: false)
    generatorBias.value.withUnsafeMutableBufferPointer { elements in
      for i in 0..<rank { elements[i * rank + i] = 1 }
    }
  }

  /// Returns the mapped rows.
  ///
  /// - x: `[rows, inputSize]`, condition z: `[rows, conditionSize]`; result: `[rows, outputSize]`.
  public func callAsFunction(
    _ x: Variable, condition: Variable, in context: ForwardContext
  ) -> Variable {
    require(
      x.shape[0] == condition.shape[0],
      "rows \(x.shape) with conditions \(condition.shape): one each is wanted")
    let small = condition.affine(weight: context(generator), bias: context(generatorBias))
      .reshaped(to: [x.shape[0], rank, rank])
    return x.matmul(context(left)).affineByRow(weights: small)
      .affine(weight: context(right), bias: context(bias))
  }
}
