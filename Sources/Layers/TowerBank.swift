import TensorCore

/// A bank of towers of the same shape: hidden layers, then one log-odds per row.
///
/// Source: the task towers of Ma et al. (MMoE), KDD 2018.
public final class TowerBank {
  /// The number of input columns of the last layer.
  public var representationSize: Int { hidden.outputSize }

  private let hidden: MLPBank
  private let weights: [Parameter]
  private let biases: [Parameter]

  /// Creates the towers; for the parameters see ``MLPBank``.
  public init(
    inputSize: Int, sizes: [Int], activation: Activation = .relu, normalizes: Bool = false,
    dropoutRate: Double = 0, scopes: [ParameterScope]
  ) {
    hidden = MLPBank(
      inputSize: inputSize, sizes: sizes, activation: activation, normalizes: normalizes,
      dropoutRate: dropoutRate, scopes: scopes)
    let size = hidden.outputSize
    weights = scopes.map {
      $0["output"].weight(shape: [size, 1])
    }
    biases = scopes.map {
      $0["output"].parameter("bias", shape: [1], initializer: .zeros, decays: false)
    }
  }

  /// Returns the log-odds of every row from the tower of its segment.
  ///
  /// - x: `[rows, inputSize]`; result: `[rows, 1]`.
  public func callAsFunction(
    _ x: Variable, segments: Segments, in context: ForwardContext
  ) -> Variable {
    if context.isInference {
      let output = InferenceLayer(
        weights: weights.map(\.value), adjustment: .biases(biases.map(\.value)))
      return x.inferred(segments: segments, layers: hidden.inferenceLayers + [output])
    }
    return logits(
      from: representation(of: x, segments: segments, in: context), segments: segments, in: context)
  }

  /// Returns the input of the last layer of every row's tower: `[rows, representationSize]`.
  public func representation(
    of x: Variable, segments: Segments, in context: ForwardContext
  ) -> Variable { hidden(x, segments: segments, in: context) }

  /// Returns the log-odds that the last layers compute from representations.
  ///
  /// - representation: `[rows, representationSize]`; result: `[rows, 1]`.
  public func logits(
    from representation: Variable, segments: Segments, in context: ForwardContext
  ) -> Variable {
    representation.affine(
      segments: segments.following, weights: weights.map { context($0) },
      biases: biases.map { context($0) })
  }
}
