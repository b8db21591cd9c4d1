import Configuration
import Layers
import Ranking
import TensorCore

/// Multi-domain low-rank adaptation: a network that all scenarios share, every layer of which has a
/// low-rank term of the scenario.
///
///     h_{l+1} = f(h_l W_l + b_l + scale · (h_l A_{s,l}) B_{s,l}),   h_0 = x
///     logit_t = tower_t(h_L)                                    (trunk shared-bottom)
///     logit_t = tower_t(Σ_k softmax(x G_t)_k · h_{k,L})         (trunk mmoe: every expert k so adapted)
///
/// - x: `[rows, inputSize]`; s: the row's scenario, a leaf of the tree; t: a task; A_{s,l}:
///   `[inputs, rank]`, drawn like other weights, B_{s,l}: `[rank, outputs]`, zero at first, both
///   private to s; all else is shared.
///
/// First everything but the adapters is trained on the rows of all scenarios, which pass by the
/// adapters, then the adapters alone. Normalization is over the rows of all scenarios.
///
/// Source: Yang et al., MLoRA: multi-domain low-rank adaptive network for click-through rate
/// prediction, RecSys 2024, arXiv 2408.08913.
public final class MLoRA: RankingModel {
  /// The network that is adapted.
  public enum Trunk: String, ConfigurationChoice {
    /// One shared network.
    case sharedBottom = "shared-bottom"
    /// Experts, mixed by one gate per task.
    case mmoe
  }

  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``MLoRA``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting("The network that is adapted.", search: .choice([.sharedBottom, .mmoe]))
    public var trunk = Trunk.sharedBottom
    @Setting(
      "Layer sizes of the shared network, or of an expert.", each: 1...8192, minimumCount: 1,
      search: .choice([[128, 64], [256, 128]]))
    public var networkSizes = [256, 128]
    @Setting("Experts of the trunk mmoe.", in: 1...256, search: .choice([4, 8]))
    public var expertCount = 8
    @Setting("Rank of the adapters.", in: 1...1024, search: .choice([4, 8, 16]))
    public var rank = 8
    @Setting("Factor of the adapters' terms (α).", in: 0...1e3, search: .choice([0.5, 1.0, 2.0]))
    public var adapterScale = 1.0
    @Setting(
      "Share of the steps that come before the adapters are trained.", in: 0.01...0.99,
      search: .choice([0.5, 0.7]))
    public var pretrainingShare = 0.5
    @Setting("Whether only the adapters are trained after that, instead of everything.")
    public var freezesTrunk = true
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "mlora", title: "MLoRA", group: "Scenarios and tasks",
    paper: "Yang et al., MLoRA: multi-domain low-rank adaptive network for click-through rate "
      + "prediction, RecSys 2024, arXiv 2408.08913",
    deviations: [
      "Layers of the shared network or of experts have adapters; gates and towers, which are shared by all scenarios, have none.",
      "Both phases share the run's epochs, so that all models have the same limit on training.",
      "Every task has a tower of its own; the paper has one task.",
      "A is drawn from the distribution of all weights; the paper draws it from a normal one. All layers have the same rank; the paper's grows with the layer.",
    ])

  private static let (pretraining, adaptation) = ("pretraining", "adaptation")
  private static let adapterGroup = "adapters"

  private let settings: Hyperparameters
  private let leafCount: Int
  private let taskCount: Int
  private let input: InputLayer
  private let networks: [AdaptedNetwork]
  private let gates: SoftmaxGates?
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    let leaves = problem.scenarios.leafCount
    leafCount = leaves
    taskCount = problem.tasks.count
    let input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    self.input = input
    let isMixture = settings.trunk == .mmoe
    networks = (0..<(isMixture ? settings.expertCount : 1)).map { expert in
      AdaptedNetwork(
        settings, inputSize: input.outputSize, leafCount: leaves,
        scope: isMixture ? scope["experts"][expert] : scope["bottom"],
        adapters: (isMixture ? scope["adapters"][expert] : scope["adapters"])
          .group(Self.adapterGroup))
    }
    gates =
      isMixture
      ? SoftmaxGates(
        inputSize: input.outputSize, gateCount: taskCount,
        names: problem.tasks.map(\.name), expertCount: settings.expertCount,
        scopes: [scope["gates"]]) : nil
    towers = try Towers(
      settings.towers, inputSize: settings.networkSizes[settings.networkSizes.count - 1],
      axis: .task, problem: problem, scope: scope["towers"])
  }

  /// Training of what is shared, then of the adapters.
  public var phases: TrainingPhases {
    TrainingPhases(once: [
      TrainingPhase(
        Self.pretraining, trains: [Parameter.mainGroup], length: .share(settings.pretrainingShare)),
      TrainingPhase(
        Self.adaptation, trains: settings.freezesTrunk ? [Self.adapterGroup] : nil, length: .rest),
    ])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let ordered = ScenarioParts(batch, axis: .flat, leafCount: leafCount)
    let x = ordered.ordered(input(batch, in: context))
    let isAdapted = context.moment.phase != Self.pretraining
    let outputs = networks.map {
      $0(x, segments: ordered.segments, isAdapted: isAdapted, in: context)
    }
    var inputs = (0..<taskCount).map { _ in outputs[0] }
    if let gates {
      let positions = Routing(denseOver: batch.rowCount, expertCount: outputs.count).positions
      let all = stackedRows(outputs)
      inputs = gates(x, segments: ordered.segments, in: context).map {
        all.mixed(by: $0, positions: positions)
      }
    }
    let parts = ScenarioParts(batch, axis: .task, leafCount: leafCount)
    return towers(inputs.map(ordered.restored), parts: parts, in: context)
  }
}

/// A network all of whose layers have a low-rank term of the scenario.
private final class AdaptedNetwork {
  private struct Layer {
    let weight: Parameter
    let bias: Parameter?
    let norm: BatchNorm?
    let left: [Parameter]
    let right: [Parameter]
  }

  private let layers: [Layer]
  private let scale: Float
  private let activation: Activation
  private let dropout: Double
  private let path: String

  init(
    _ settings: MLoRA.Hyperparameters, inputSize: Int, leafCount: Int, scope: ParameterScope,
    adapters: ParameterScope
  ) {
    let sizes = [inputSize] + settings.networkSizes
    let normalizes = settings.towers.batchNorm
    scale = Float(settings.adapterScale)
    activation = settings.towers.activation
    dropout = settings.towers.dropout
    path = scope.path
    layers = settings.networkSizes.enumerated().map { depth, size in
      let place = scope["layer\(depth)"]
      let own = ScenarioParts.scopes(adapters[depth], axis: .flat, leafCount: leafCount)
      return Layer(
        weight: place.weight(shape: [sizes[depth], size]),
        bias: normalizes
          ? nil : place.parameter("bias", shape: [size], initializer: .zeros, decays: false),
        norm: normalizes ? BatchNorm(size: size, scopes: [place["norm"]]) : nil,
        left: own.map { $0.weight("left", shape: [sizes[depth], settings.rank]) },
        right: own.map {
          $0.parameter("right", shape: [settings.rank, size], initializer: .zeros)
        })
    }
  }

  /// x: `[rows, inputSize]`, with the rows of each scenario contiguous.
  func callAsFunction(
    _ x: Variable, segments: Segments, isAdapted: Bool, in context: ForwardContext
  ) -> Variable {
    layers.reduce(x) { h, layer in
      var sums = h.affine(weight: context(layer.weight), bias: layer.bias.map { context($0) })
      if isAdapted {
        let term = h.affine(segments: segments, weights: layer.left.map { context($0) })
          .affine(segments: segments, weights: layer.right.map { context($0) })
        sums = sums + scale * term
      }
      let y =
        layer.norm.map {
          $0(sums, segments: [0..<sums.shape[0]], activation: activation, in: context)
        } ?? sums.activated(by: activation)
      guard context.isTraining, dropout > 0 else { return y }
      return y.dropout(rate: Float(dropout), using: context.stream("dropout/\(path)"))
    }
  }
}
