import TensorCore

/// A bank of multi-layer perceptrons of the same shape, each applied to its own segment of rows.
///
/// Each layer of a network is `dropout(f(norm(x W + b)))`. With batch normalization, the bias is
/// omitted because the shift takes its place.
///
/// Weights are initialized from the distribution of the scope
/// (``/TensorCore/ParameterScope/weight(_:shape:)``), biases with zeros.
public final class MLPBank {
  /// The number of columns of the result.
  public let outputSize: Int

  private struct Layer {
    let weights: [Parameter]
    let biases: [Parameter]?
    let norm: BatchNorm?
  }

  private let layers: [Layer]
  private let activation: Activation
  private let dropoutRate: Float
  private let path: String

  /// Creates the networks.
  ///
  /// - Parameters:
  ///   - inputSize: The number of columns that every network reads.
  ///   - sizes: The output size of each layer; if empty, the bank returns its input.
  ///   - activation: Applied after every layer.
  ///   - normalizes: Whether batch normalization precedes the activation.
  ///   - dropoutRate: The share of elements zeroed after every layer in training.
  ///   - scopes: The scopes in which the parameters of each network are created.
  public init(
    inputSize: Int, sizes: [Int], activation: Activation = .relu, normalizes: Bool = false,
    dropoutRate: Double = 0, scopes: [ParameterScope]
  ) {
    var layers: [Layer] = []
    var size = inputSize
    for (index, next) in sizes.enumerated() {
      let places = scopes.map { $0["layer\(index)"] }
      layers.append(
        Layer(
          weights: places.map {
            $0.weight(shape: [size, next])
          },
          biases: normalizes
            ? nil
            : places.map {
              $0.parameter("bias", shape: [next], initializer: .zeros, decays: false)
            },
          norm: normalizes ? BatchNorm(size: next, scopes: places.map { $0["norm"] }) : nil))
      size = next
    }
    self.layers = layers
    self.activation = activation
    self.dropoutRate = Float(dropoutRate)
    outputSize = size
    path = scopes.first?.path ?? ""
  }

  /// Returns the outputs of all networks, sorted by segment.
  ///
  /// - Parameters:
  ///   - x: `[segments.inputRowCount, inputSize]`.
  ///   - segments: The rows that each network reads.
  ///   - counted: The result rows over which batch moments are computed, in increasing order, with
  ///     their segments; the other rows of a normalized layer are zero. If nil, all rows count.
  ///   - context: The context of the pass.
  /// - Returns: `[segments.outputRowCount, outputSize]`.
  public func callAsFunction(
    _ x: Variable, segments: Segments, counted: CountedRows? = nil, in context: ForwardContext
  ) -> Variable {
    if context.isInference, counted == nil, !layers.isEmpty {
      return x.inferred(segments: segments, layers: inferenceLayers)
    }
    var h = x
    var segments = segments
    for (index, layer) in layers.enumerated() {
      let dropout =
        context.isTraining && dropoutRate > 0
        ? Dropout(rate: dropoutRate, stream: context.stream("dropout/\(path)/\(index)")) : nil
      h = h.affine(
        segments: segments, weights: layer.weights.map { context($0) },
        biases: layer.biases?.map { context($0) },
        activation: layer.norm == nil ? activation : .identity,
        dropout: layer.norm == nil ? dropout : nil)
      segments = segments.following
      guard let norm = layer.norm else { continue }
      if let counted {
        h = norm(h.rows(counted.rows), segments: counted.segments, in: context)
          .spread(to: counted.rows, rowCount: segments.outputRowCount)
          .activated(by: activation, dropout: dropout)
      } else {
        h = norm(
          h, segments: segments.output, activation: activation, dropout: dropout, in: context)
      }
    }
    return h
  }

  /// The layers in the form used for inference, where nothing is trained or differentiated.
  var inferenceLayers: [InferenceLayer] {
    layers.map { layer in
      let adjustment: InferenceLayer.Adjustment =
        if let norm = layer.norm {
          .normalizations(norm.inferenceNormalizations)
        } else {
          .biases((layer.biases ?? []).map(\.value))
        }
      return InferenceLayer(
        weights: layer.weights.map(\.value), adjustment: adjustment, activation: activation)
    }
  }

  /// A subset of the rows of a bank's result and the segments that they form.
  public struct CountedRows {
    /// The rows, in increasing order.
    public let rows: [Int32]
    /// The range of each network's rows within `rows`.
    public let segments: [Range<Int>]
  }
}

/// A multi-layer perceptron: a bank with a single network.
public final class MLP {
  private let bank: MLPBank

  /// The number of columns of the result.
  public var outputSize: Int { bank.outputSize }

  /// Creates the network; see ``MLPBank``.
  public init(
    inputSize: Int, sizes: [Int], activation: Activation = .relu, normalizes: Bool = false,
    dropoutRate: Double = 0, scope: ParameterScope
  ) {
    bank = MLPBank(
      inputSize: inputSize, sizes: sizes, activation: activation, normalizes: normalizes,
      dropoutRate: dropoutRate, scopes: [scope])
  }

  /// Returns the output for every row.
  ///
  /// - x: `[rows, inputSize]`; result: `[rows, outputSize]`.
  public func callAsFunction(_ x: Variable, in context: ForwardContext) -> Variable {
    bank(x, segments: Segments(counts: [x.shape[0]]), in: context)
  }
}
