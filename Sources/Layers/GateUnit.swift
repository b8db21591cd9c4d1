import TensorCore

/// A squeeze-and-gate unit: factors around 1 for the elements of another representation.
///
///     gate = γ · σ(relu(x W₁ + b₁) W₂ + b₂),   γ = 2
///
/// The gated representation is `representation * unit(x, in: context)`. In PEPNet, x = [domain
/// features, representation], with the gradient stopped at the representation:
///
///     let x = concatenated([domain, representation.detached()])
///
/// Source: Chang et al. (PEPNet), KDD 2023, equations 2 and 3.
public final class GateUnit {
  private let squeeze: MLP
  private let weight: Parameter
  private let bias: Parameter
  private let factor: Float

  /// Creates the unit.
  ///
  /// - Parameters:
  ///   - inputSize: The number of columns of x.
  ///   - hiddenSize: The number of columns between the two maps; nil for the same number as the
  ///     gate.
  ///   - outputSize: The number of columns of the gate.
  ///   - factor: γ, the upper bound of the gate.
  ///   - scope: The scope in which the parameters are created.
  public init(
    inputSize: Int, hiddenSize: Int? = nil, outputSize: Int, factor: Float = 2,
    scope: ParameterScope
  ) {
    let hiddenSize = hiddenSize ?? outputSize
    squeeze = MLP(inputSize: inputSize, sizes: [hiddenSize], scope: scope["squeeze"])
    weight = scope.weight(shape: [hiddenSize, outputSize])
    bias = scope.parameter("bias", shape: [outputSize], initializer: .zeros, decays: false)
    self.factor = factor
  }

  /// Returns the gate.
  ///
  /// - x: `[rows, inputSize]`; result: `[rows, outputSize]`, between 0 and γ.
  public func callAsFunction(_ x: Variable, in context: ForwardContext) -> Variable {
    factor
      * squeeze(x, in: context).affine(
        weight: context(weight), bias: context(bias), activation: .sigmoid)
  }
}
