import Configuration
import Layers
import Ranking
import TensorCore

/// Star topology adaptive recommender, where the weights of a scenario are shared weights times its
/// own.
///
///     logit_{t,p} = tower_{t,p}([FCN_p(PN_p(x)); a([x; e_p])])
///     PN_p(x) = (γ ⊙ γ_p) ⊙ (x - μ_p) / sqrt(σ²_p + ε) + (β + β_p)
///     layer of FCN_p: f(h (W ⊙ W_p) + b + b_p)
///
/// - x: `[rows, inputSize]`; p: the row's scenario, a leaf of the tree; t: a task; μ_p, σ²_p:
///   moments of the rows of p; W, b, γ, β: shared, W_p, b_p, γ_p, β_p: private to p; e_p: embedding
///   of p; a: the auxiliary network, shared by all. A tower without hidden layers adds the log-odds
///   of both networks, as published.
///
/// With `batchNorm`, every layer has its own PN in place of the bias.
///
/// Source: Sheng et al., One model to serve all: star topology adaptive recommender for
/// multi-domain CTR prediction, CIKM 2021, equations 4 to 9.
public final class Star: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``Star``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "Layer sizes of the star network.", each: 1...8192,
      search: .choice([[128, 64], [256, 128], [512, 256]]))
    public var networkSizes = [256, 128]
    @Setting(
      "Layer sizes of the auxiliary network.", each: 1...8192, search: .choice([[16], [64]]))
    public var auxiliarySizes = [16]
    @Setting("Size of the scenario's embedding that the auxiliary network reads.", in: 1...512)
    public var indicatorSize = 16
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "star", title: "STAR", group: "Scenarios",
    paper: "Sheng et al., One model to serve all: star topology adaptive recommender for "
      + "multi-domain CTR prediction, CIKM 2021",
    deviations: [
      "Every task in a scenario has a tower of its own that reads both networks; with towerSizes [] it is the published sum of their log-odds, but private to the scenario instead of shared times private. The paper has one task.",
      "W_p and γ_p begin as ones, b_p and β_p as zeros, all without weight decay; the paper gives no initial values.",
    ])

  private let leafCount: Int
  private let input: InputLayer
  private let norm: PartitionedNorm
  private let layers: [StarLayer]
  private let indicators: EmbeddingTable
  private let auxiliary: MLP
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    leafCount = problem.scenarios.leafCount
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    norm = PartitionedNorm(
      size: input.outputSize, leafCount: leafCount, scope: scope["norm"])
    let sizes = [input.outputSize] + settings.networkSizes
    let leaves = leafCount
    layers = settings.networkSizes.indices.map { depth in
      StarLayer(
        settings.towers, inputSize: sizes[depth], size: sizes[depth + 1], leafCount: leaves,
        scope: scope["layers"][depth])
    }
    indicators = EmbeddingTable(
      count: leafCount, size: settings.indicatorSize, scope: scope["indicators"])
    auxiliary = settings.towers.mlp(
      inputSize: input.outputSize + settings.indicatorSize, sizes: settings.auxiliarySizes,
      scope: scope["auxiliary"])
    towers = try Towers(
      settings.towers, inputSize: sizes[sizes.count - 1] + auxiliary.outputSize, axis: .flat,
      problem: problem, scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: .flat, leafCount: leafCount)
    let x = input(batch, in: context)
    var h = norm(parts.ordered(x), segments: parts.segments, in: context)
    for layer in layers { h = layer(h, segments: parts.segments, in: context) }
    let seen = concatenated([x, indicators(batch.leaves, in: context)])
    let correction = parts.ordered(auxiliary(seen, in: context))
    return towers(concatenated([h, correction]), parts: parts, in: context)
  }
}

/// Normalization by the moments of a scenario, with shared and private scales and shifts.
private final class PartitionedNorm {
  private let moments: MovingMoments
  private let (scale, shift): (Parameter, Parameter)
  private let (ownScales, ownShifts): ([Parameter], [Parameter])

  init(size: Int, leafCount: Int, scope: ParameterScope) {
    let own = ScenarioParts.scopes(scope["own"], axis: .flat, leafCount: leafCount)
    func factors(_ scope: ParameterScope) -> Parameter {
      scope.parameter("scale", shape: [size], initializer: .constant(1), decays: false)
    }
    func terms(_ scope: ParameterScope) -> Parameter {
      scope.parameter("shift", shape: [size], initializer: .zeros, decays: false)
    }
    moments = MovingMoments(size: size, scopes: own)
    (scale, shift) = (factors(scope), terms(scope))
    (ownScales, ownShifts) = (own.map(factors), own.map(terms))
  }

  /// x: `[rows, size]`, with the rows of each scenario contiguous.
  func callAsFunction(
    _ x: Variable, segments: Segments, activation: Activation = .identity,
    in context: ForwardContext
  ) -> Variable {
    let (scale, shift) = (context(scale), context(shift))
    return moments(
      x, segments: segments.output, scales: ownScales.map { scale * context($0) },
      shifts: ownShifts.map { shift + context($0) }, activation: activation, in: context)
  }
}

/// A layer whose weights are shared weights times those of the scenario.
private final class StarLayer {
  private let (activation, dropout): (Activation, Double)
  private let weight: Parameter
  private let ownWeights: [Parameter]
  private let bias: Parameter?
  private let ownBiases: [Parameter]
  private let norm: PartitionedNorm?

  init(
    _ settings: TowerHyperparameters, inputSize: Int, size: Int, leafCount: Int,
    scope: ParameterScope
  ) {
    (activation, dropout) = (settings.activation, settings.dropout)
    let own = ScenarioParts.scopes(scope["own"], axis: .flat, leafCount: leafCount)
    func biases(_ scope: ParameterScope) -> Parameter {
      scope.parameter("bias", shape: [size], initializer: .zeros, decays: false)
    }
    weight = scope.weight(shape: [inputSize, size])
    ownWeights = own.map {
      $0.parameter(
        "weight", shape: [inputSize, size], initializer: .constant(1), decays: false)
    }
    bias = settings.batchNorm ? nil : biases(scope)
    ownBiases = settings.batchNorm ? [] : own.map(biases)
    norm =
      settings.batchNorm
      ? PartitionedNorm(size: size, leafCount: leafCount, scope: scope["norm"]) : nil
  }

  /// x: `[rows, inputSize]`, with the rows of each scenario contiguous.
  func callAsFunction(_ x: Variable, segments: Segments, in context: ForwardContext) -> Variable {
    let weight = context(weight)
    let shared = bias.map { context($0) }
    var h = x.affine(
      segments: segments, weights: ownWeights.map { weight * context($0) },
      biases: shared.map { shared in ownBiases.map { shared + context($0) } },
      activation: norm == nil ? activation : .identity)
    if let norm {
      h = norm(h, segments: segments, activation: activation, in: context)
    }
    guard context.isTraining, dropout > 0 else { return h }
    return h.dropout(rate: Float(dropout), using: context.stream("dropout"))
  }
}
