import Configuration
import Layers
import Ranking
import TensorCore

/// Hierarchical scenario modeling: layers whose weights are generated from the scenario, then
/// layers whose weights are generated from the row's features as the scenario weighs them.
///
///     h_0 = f(x),   h_{l+1} = h_l W_l(d) + b_l(d)                          (explicit)
///     W_l(d) = W_l + d G_l as a matrix,   b_l(d) = β_l + d C_l
///     z_i = attention over fields(w_i ⊙ x),   w_i = softmax over fields(d_i M_i + m_i)
///     y_{i,l+1} = (y_{i,l} U_l) S_l(z_i) V_l + v_l + z_i B_l,   y_{i,0} = h_L      (implicit)
///     logit_o = tower_o(r([y_1; …; y_n]))
///
/// - x: `[rows, inputSize]`; d: the embedding of the row's scenario, a leaf of the tree, d_i: its
///   i-th of n equal parts; fields: the vectors of `embeddingSize` columns with which x begins;
///   attention: self-attention with one head, its results concatenated; S(z) = z A + a as a matrix
///   [rank, rank], near the identity at first; f, r: networks; o: a task, or a task in a scenario
///   on the flat axis, where the towers alone are private.
///
/// Weights of the explicit layers are generated once per scenario in every pass, also of scenarios
/// without rows in the batch, those of the implicit layers in low rank, so that no matrix of a row is
/// larger than S.
///
/// Source: Gao et al., HierRec: scenario-aware hierarchical modeling for multi-scenario
/// recommendations, CIKM 2024, arXiv 2309.02061; the authors' released code where the text is
/// silent.
public final class HierRec: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``HierRec``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.task
    @Setting(
      "Layer sizes of the network below the generated layers.", each: 1...8192,
      search: .choice([[128, 64], [256, 128]]))
    public var bottomSizes = [128, 64]
    @Setting(
      "Sizes of the layers generated from the scenario.", each: 1...1024,
      search: .choice([[64], [64, 64]]))
    public var explicitSizes = [64, 64]
    @Setting(
      "Sizes of the layers generated from weighted fields.", each: 1...1024, minimumCount: 1,
      search: .choice([[64], [64, 64]]))
    public var implicitSizes = [64, 64]
    @Setting("Weightings of the fields.", in: 1...64, search: .choice([2, 4]))
    public var implicitCount = 4
    @Setting("Rank of the weights generated from weighted fields.", in: 1...256)
    public var rank = 8
    @Setting(
      "Columns of the scenario's embedding, a multiple of implicitCount.", in: 1...512)
    public var indicatorSize = 16
    @Setting("Layer sizes of the network that joins the weightings.", each: 1...8192)
    public var fusionSizes = [64]
    @Setting("Whether an activation follows every generated layer.")
    public var activatesGenerated = false
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}

    /// Rejects an indicator that its weightings cannot share equally.
    ///
    /// - Throws: ``Diagnostic``.
    public func validate() throws {
      guard indicatorSize % implicitCount == 0 else {
        throw Diagnostic(
          "indicatorSize is \(indicatorSize), which implicitCount \(implicitCount) does not divide")
      }
    }
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "hierrec", title: "HierRec", group: "Scenarios",
    paper: "Gao et al., HierRec: scenario-aware hierarchical modeling for multi-scenario "
      + "recommendations, CIKM 2024, arXiv 2309.02061",
    deviations: [
      "Weights generated from weighted fields have the low-rank form U S(z) V (setting rank); the paper generates all elements.",
      "The weights that generators add to are drawn like those of ordinary layers.",
      "No activation follows generated layers, as in the released code (option activatesGenerated).",
      "Attention has no biases and no dropout; numerical columns take part in the network below only.",
      "The scenario's embedding has a size of its own (indicatorSize); in the released code it is that of features.",
      "Networks have no batch normalization by default (setting batchNorm); in the released code every layer has it except generated ones.",
      "Every task has a tower of its own; the paper has one task.",
    ])

  /// A note if there are no several fields to weigh.
  public var notes: [String] {
    implicit == nil
      ? ["Fewer than two features have embeddings, so none are weighted to generate layers."]
      : []
  }

  private let settings: Hyperparameters
  private let leafCount: Int
  private let input: InputLayer
  private let indicators: EmbeddingTable
  private let bottom: MLP
  private let explicit: [ScenarioLayer]
  private let implicit: ImplicitLayers?
  private let fusion: MLP
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    leafCount = problem.scenarios.leafCount
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    indicators = EmbeddingTable(
      count: leafCount, size: settings.indicatorSize, scope: scope["indicators"])
    func network(_ inputSize: Int, _ sizes: [Int], _ scope: ParameterScope) -> MLP {
      MLP(
        inputSize: inputSize, sizes: sizes, activation: settings.towers.activation,
        normalizes: settings.towers.batchNorm, dropoutRate: settings.towers.dropout, scope: scope)
    }
    bottom = network(input.outputSize, settings.bottomSizes, scope["bottom"])
    let sizes = [bottom.outputSize] + settings.explicitSizes
    explicit = settings.explicitSizes.indices.map { depth in
      ScenarioLayer(
        inputSize: sizes[depth], outputSize: sizes[depth + 1],
        conditionSize: settings.indicatorSize, scope: scope["explicit"][depth])
    }
    implicit =
      input.vectorCount < 2
      ? nil
      : ImplicitLayers(
        settings, inputSize: sizes[sizes.count - 1], vectorCount: input.vectorCount,
        scope: scope["implicit"])
    fusion = network(
      implicit?.outputSize ?? sizes[sizes.count - 1], settings.fusionSizes, scope["fusion"])
    towers = try Towers(
      settings.towers, inputSize: fusion.outputSize, axis: settings.axis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let ordered = ScenarioParts(batch, axis: .flat, leafCount: leafCount)
    let x = input(batch, in: context)
    let scenarios = indicators((0..<Int32(leafCount)).map { $0 }, in: context)
    let activation: Activation =
      settings.activatesGenerated ? settings.towers.activation : .identity
    let explicitOutput = explicit.reduce(ordered.ordered(bottom(x, in: context))) { h, layer in
      layer(
        h, scenarios: scenarios, segments: ordered.segments, activation: activation, in: context)
    }
    var h = ordered.restored(explicitOutput)
    if let implicit {
      let vectors = x.columns(0..<input.vectorCount * input.vectorSize)
        .reshaped(to: [batch.rowCount * input.vectorCount, input.vectorSize])
      h = implicit(
        h, vectors: vectors, scenarios: scenarios, leaves: batch.leaves, activation: activation,
        in: context)
    }
    let parts = ScenarioParts(batch, axis: settings.axis, leafCount: leafCount)
    return towers(parts.ordered(fusion(h, in: context)), parts: parts, in: context)
  }
}

/// An affine map with weights generated from the embedding of a scenario, once per scenario.
private final class ScenarioLayer {
  private let shape: [Int]
  private let base: (weight: Parameter, bias: Parameter)
  private let generator: (weight: Parameter, bias: Parameter)

  init(inputSize: Int, outputSize: Int, conditionSize: Int, scope: ParameterScope) {
    shape = [inputSize, outputSize]
    base = (
      scope.weight(shape: shape),
      scope.parameter("bias", shape: [outputSize], initializer: .zeros, decays: false)
    )
    generator = (
      scope["generator"].weight(shape: [conditionSize, inputSize * outputSize]),
      scope["generator"].weight("bias", shape: [conditionSize, outputSize])
    )
  }

  /// x: `[rows, inputSize]`, with the rows of each scenario contiguous; scenarios: `[scenarios,
  /// conditionSize]`.
  func callAsFunction(
    _ x: Variable, scenarios: Variable, segments: Segments, activation: Activation,
    in context: ForwardContext
  ) -> Variable {
    let weights = scenarios.affine(weight: context(generator.weight))
    let biases = scenarios.affine(weight: context(generator.bias))
    let (weight, bias) = (context(base.weight), context(base.bias))
    let leaves = (0..<Int32(segments.output.count)).map { $0 }
    return x.affine(
      segments: segments,
      weights: leaves.map { weight + weights.rows([$0]).reshaped(to: shape) },
      biases: leaves.map { bias + biases.rows([$0]).reshaped(to: [shape[1]]) },
      activation: activation)
  }
}

/// Layers generated from the fields of a row, once for each of several weightings by the scenario.
private final class ImplicitLayers {
  let outputSize: Int

  private let count: Int
  private let partSize: Int
  private let vectorCount: Int
  private let weightings: [(weight: Parameter, bias: Parameter)]
  private let attention: MultiHeadAttention
  private let layers: [GeneratedAffine]

  init(
    _ settings: HierRec.Hyperparameters, inputSize: Int, vectorCount: Int, scope: ParameterScope
  ) {
    let size = settings.input.embeddingSize
    count = settings.implicitCount
    let partSize = settings.indicatorSize / count
    self.partSize = partSize
    self.vectorCount = vectorCount
    weightings = (0..<count).map { index in
      let scope = scope["weightings"][index]
      return (
        scope.weight(shape: [partSize, vectorCount]),
        scope.parameter("bias", shape: [vectorCount], initializer: .zeros, decays: false)
      )
    }
    attention = MultiHeadAttention(
      inputSize: size, size: size, headCount: 1, scope: scope["attention"])
    let sizes = [inputSize] + settings.implicitSizes
    layers = settings.implicitSizes.indices.map { depth in
      GeneratedAffine(
        inputSize: sizes[depth], outputSize: sizes[depth + 1], conditionSize: vectorCount * size,
        rank: settings.rank, generatesBias: true, scope: scope["layers"][depth])
    }
    outputSize = count * sizes[sizes.count - 1]
  }

  /// Returns the results of all weightings, concatenated.
  ///
  /// - h: `[rows, inputSize]`; vectors: `[rows · vectorCount, size]`; scenarios: `[scenarios,
  ///   indicatorSize]`; leaves: the scenario of every row.
  func callAsFunction(
    _ h: Variable, vectors: Variable, scenarios: Variable, leaves: [Int32],
    activation: Activation, in context: ForwardContext
  ) -> Variable {
    concatenated(
      weightings.enumerated().map { index, weighting in
        let shares = scenarios.columns(index * partSize..<(index + 1) * partSize)
          .affine(weight: context(weighting.weight), bias: context(weighting.bias)).softmax()
        context.observer?.show(
          "implicit/weightings/\(index)", shares.rows(leaves).value)
        let weights = shares.rows(leaves).reshaped(to: [leaves.count * vectorCount, 1])
        let seen = (vectors * weights).reshaped(
          to: [leaves.count, vectorCount, vectors.shape[1]])
        let z = attention(seen, in: context)
          .reshaped(to: [leaves.count, vectorCount * vectors.shape[1]])
        return layers.reduce(h) { y, layer in
          layer(y, condition: z, in: context).activated(by: activation)
        }
      })
  }
}
