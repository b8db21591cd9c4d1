import TensorCore

/// An embedding of every numerical feature as a vector of waves with trained frequencies.
///
///     relu(W [cos(2π c_1 x), …, cos(2π c_k x), sin(2π c_1 x), …, sin(2π c_k x)] + b)
///
/// Every feature has its own frequencies, initialized from a normal distribution with the given
/// standard deviation; W and b are shared by all features.
///
/// Sources: Gorishniy et al., NeurIPS 2022, section 3.3; with shared W and b, Gorishniy et al.,
/// *TabR*, ICLR 2024 (there called PLR(lite)).
public final class PeriodicEmbedding {
  /// The total number of columns of all features.
  public let outputSize: Int

  private let frequencies: Parameter
  private let weight: Parameter
  private let bias: Parameter
  private let size: Int

  /// Creates the embedding.
  ///
  /// - Parameters:
  ///   - featureCount: The number of numerical features.
  ///   - frequencyCount: k, the number of frequencies of every feature.
  ///   - deviation: The standard deviation of the initial frequencies.
  ///   - size: The number of columns of every feature.
  ///   - scope: The scope in which the parameters are created.
  public init(
    featureCount: Int, frequencyCount: Int, deviation: Float, size: Int, scope: ParameterScope
  ) {
    self.size = size
    outputSize = featureCount * size
    frequencies = scope.parameter(
      "frequencies", shape: [featureCount, frequencyCount],
      initializer: .normal(deviation: deviation), decays: false)
    weight = scope.weight(shape: [2 * frequencyCount, size])
    bias = scope.parameter("bias", shape: [size], initializer: .zeros, decays: false)
  }

  /// Returns the columns of numerical features: `[rows, outputSize]`.
  public func callAsFunction(_ numericals: Tensor, in context: ForwardContext) -> Variable {
    let (rows, columns) = (numericals.shape[0], numericals.shape[1])
    let waves = context(frequencies).waves(of: numericals)
    return waves.reshaped(to: [rows * columns, waves.shape[1] / columns])
      .affine(weight: context(weight), bias: context(bias), activation: .relu)
      .reshaped(to: [rows, outputSize])
  }
}
