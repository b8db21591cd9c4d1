import Configuration
import Layers
import Ranking
import TensorCore

/// Hyper adapters: a network per scenario, whose upper layers have adapters with weights that a
/// shared network generates for every row.
///
///     h_{l+1} = a_l(f(h_l W_{s,l} + b_{s,l})),   h_0 = x,   logit_{s,t} = tower_{s,t}(h_L)
///     a_l(h) = h + DN_s(σ(((h U₁) I) V₁ + c₁) U₂ I V₂)
///     I = g(x) A + a as a matrix [k, k]
///
/// - x: `[rows, inputSize]`; s: the row's scenario, a leaf of the tree; t: a task; U₁: `[size, k]`,
///   V₁: `[k, m]`, U₂: `[m, k]`, V₂: `[k, size]`, c₁: `[m]`, one set per adapted layer, shared by
///   all scenarios; g: a network shared by all; k: `rank`, m: `adapterSize`. Only the last
///   `adapterCount` layers have an adapter; the others have a_l(h) = h.
/// - DN_s: normalization by the moments of the scenario's rows (moving moments in evaluation), with
///   a scale and shift of the scenario.
///
/// Products are formed from the left, so no matrix of a row is larger than I, and a row passes only
/// through the network of its own scenario.
///
/// Source: Li et al., HAMUR: hyper adapter for multi-domain recommendation, CIKM 2023; the authors'
/// released code where the text is silent.
public final class HAMUR: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``HAMUR``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "Layer sizes of each scenario's network.", each: 1...8192, minimumCount: 1,
      search: .choice([[128, 64], [256, 128], [512, 256]]))
    public var networkSizes = [256, 128]
    @Setting("How many of the last layers have an adapter.", in: 0...64)
    public var adapterCount = 1
    @Setting("Columns inside an adapter.", in: 1...1024, search: .choice([16, 32]))
    public var adapterSize = 32
    @Setting(
      "Rows and columns of the generated matrix (k).", in: 1...256, search: .choice([16, 35]))
    public var rank = 35
    @Setting("Sizes of the hidden layers that generate the matrix.", each: 1...8192)
    public var hyperSizes = [64]
    @Setting("Whether the elements of the matrix pass through ReLU, as in the released code.")
    public var clipsMatrix = false
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}

    /// Rejects more adapters than layers.
    ///
    /// - Throws: ``Diagnostic``.
    public func validate() throws {
      guard adapterCount <= networkSizes.count else {
        throw Diagnostic(
          "adapterCount is \(adapterCount), but networkSizes has \(networkSizes.count) layers")
      }
    }
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "hamur", title: "HAMUR", group: "Scenarios",
    paper: "Li et al., HAMUR: hyper adapter for multi-domain recommendation, CIKM 2023",
    deviations: [
      "Adapters normalize by the moments of the row's own scenario, moving ones in evaluation; the released code uses moments of the whole batch, also in evaluation.",
      "A row passes through the network of its own scenario alone, so that batch normalization there (setting batchNorm, off by default) has moments of its rows; in the released code every network normalizes all rows of a batch.",
      "Scale and shift of that normalization are private to a scenario; in the released code all scenarios share them. The shift takes the place of the second bias.",
      "U and V are drawn like other weights; the released code begins with ones, so that all columns are alike.",
      "The generated matrix is neither normalized nor clipped; the released code ends in batch normalization and ReLU (option clipsMatrix for the latter).",
      "Every task in a scenario has a tower of its own; the paper has one task and no layers between the network and the log-odds (towerSizes: []).",
    ])

  private let settings: Hyperparameters
  private let leafCount: Int
  private let input: InputLayer
  private let layers: [MLPBank]
  private let generator: MatrixGenerator?
  private let adapters: [HyperAdapter]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    let leaves = problem.scenarios.leafCount
    leafCount = leaves
    let input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    self.input = input
    let sizes = [input.outputSize] + settings.networkSizes
    layers = settings.networkSizes.indices.map { depth in
      settings.towers.mlpBank(
        inputSize: sizes[depth], sizes: [sizes[depth + 1]],
        scopes: ScenarioParts.scopes(scope["networks"][depth], axis: .flat, leafCount: leaves))
    }
    generator =
      settings.adapterCount == 0
      ? nil : MatrixGenerator(settings, inputSize: input.outputSize, scope: scope["generator"])
    let size = sizes[sizes.count - 1]
    adapters = settings.networkSizes.suffix(settings.adapterCount).enumerated().map {
      HyperAdapter(settings, size: $1, leafCount: leaves, scope: scope["adapters"][$0])
    }
    towers = try Towers(
      settings.towers, inputSize: size, axis: .flat, problem: problem, scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: .flat, leafCount: leafCount)
    let x = parts.ordered(input(batch, in: context))
    let matrices = generator?(x, in: context)
    var h = x
    for (depth, layer) in layers.enumerated() {
      h = layer(h, segments: parts.segments, in: context)
      let adapter = depth - (layers.count - adapters.count)
      if adapter >= 0, let matrices {
        h = adapters[adapter](h, matrices: matrices, segments: parts.segments, in: context)
      }
    }
    return towers(h, parts: parts, in: context)
  }
}

/// Generates I for every row.
private final class MatrixGenerator {
  private let rank: Int
  private let activation: Activation
  private let hidden: MLP
  private let weight: Parameter
  private let bias: Parameter

  init(_ settings: HAMUR.Hyperparameters, inputSize: Int, scope: ParameterScope) {
    rank = settings.rank
    activation = settings.clipsMatrix ? .relu : .identity
    hidden = settings.towers.mlp(
      inputSize: inputSize, sizes: settings.hyperSizes, scope: scope["hidden"])
    weight = scope.weight(shape: [hidden.outputSize, rank * rank])
    bias = scope.parameter("bias", shape: [rank * rank], initializer: .zeros, decays: false)
  }

  /// x: `[rows, inputSize]`; result: `[rows, rank, rank]`.
  func callAsFunction(_ x: Variable, in context: ForwardContext) -> Variable {
    hidden(x, in: context)
      .affine(weight: context(weight), bias: context(bias), activation: activation)
      .reshaped(to: [x.shape[0], rank, rank])
  }
}

/// One adapter, with low-rank maps around the generated matrix.
private final class HyperAdapter {
  private let down: (left: Parameter, right: Parameter)
  private let up: (left: Parameter, right: Parameter)
  private let bias: Parameter
  private let norm: BatchNorm

  init(_ settings: HAMUR.Hyperparameters, size: Int, leafCount: Int, scope: ParameterScope) {
    let (rank, middle) = (settings.rank, settings.adapterSize)
    func pair(_ scope: ParameterScope, _ inputs: Int, _ outputs: Int) -> (Parameter, Parameter) {
      (
        scope.weight("left", shape: [inputs, rank]), scope.weight("right", shape: [rank, outputs])
      )
    }
    down = pair(scope["down"], size, middle)
    bias = scope["down"].parameter("bias", shape: [middle], initializer: .zeros, decays: false)
    up = pair(scope["up"], middle, size)
    norm = BatchNorm(
      size: size,
      scopes: ScenarioParts.scopes(scope["norm"], axis: .flat, leafCount: leafCount))
  }

  /// h: `[rows, size]`, with the rows of each scenario contiguous; matrices: `[rows, rank, rank]`.
  func callAsFunction(
    _ h: Variable, matrices: Variable, segments: Segments, in context: ForwardContext
  ) -> Variable {
    let inner = h.matmul(context(down.left)).affineByRow(weights: matrices)
      .affine(weight: context(down.right), bias: context(bias), activation: .sigmoid)
    let outer = inner.matmul(context(up.left)).affineByRow(weights: matrices)
      .matmul(context(up.right))
    return h + norm(outer, segments: segments.output, in: context)
  }
}
