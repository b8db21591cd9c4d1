import Configuration
import Layers
import Ranking
import TensorCore

/// Deep and cross network, second version: layers that multiply the input with an affine map of what
/// is below, beside a deep network or below it.
///
///     full       x_{l+1} = x_0 ⊙ (x_l W_l + b_l) + x_l
///     low-rank   x_{l+1} = x_0 ⊙ (x_l V_l U_l + b_l) + x_l
///     mixture    x_{l+1} = x_0 ⊙ (Σ_i softmax(x_l G_l)_i · tanh(tanh(x_l V_{l,i}) C_{l,i}) U_{l,i} + b_l) + x_l
///
///     parallel   logit_t = tower_t([x_L; f_t(x_0)])
///     stacked    logit_t = tower_t(f_t(x_L))
///
/// - x_0: `[rows, inputSize]`; W: `[inputSize, inputSize]`; V, U: `[inputSize, rank]` and
///   `[rank, inputSize]`; C: `[rank, rank]`; G: `[inputSize, experts]`, without bias; b: begins as
///   zeros; f_t: an MLP. Every task t has its own tables, cross layers, deep network and tower.
///
/// Source: Wang et al., DCN V2: improved deep & cross network and practical lessons for web-scale
/// learning to rank systems, WWW 2021, equations 1 and 3 to 5.
public final class DCNv2: RankingModel {
  /// How the cross layers and the deep network are combined.
  public enum Structure: String, ConfigurationChoice {
    /// Side by side, both reading the input.
    case parallel
    /// The deep network reads the last cross layer.
    case stacked
  }

  /// The form of the matrix of a cross layer.
  public enum CrossForm: String, ConfigurationChoice {
    /// One full matrix.
    case full
    /// The product of two thin matrices.
    case lowRank = "low-rank"
    /// A gated mixture of low-rank maps with nonlinearities.
    case mixture
  }

  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``DCNv2``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting("Whether the deep network stands beside the cross layers or reads the last of them.")
    public var structure = Structure.stacked
    @Setting("The form of the matrices of cross layers.")
    public var crossForm = CrossForm.full
    @Setting("Cross layers.", in: 1...16, search: .choice([1, 2, 3]))
    public var crossLayerCount = 2
    @Setting("Columns of the thin matrices, for low-rank and mixture.", in: 1...4096)
    public var crossRank = 32
    @Setting("Low-rank maps of a cross layer, for mixture.", in: 1...64)
    public var crossExpertCount = 4
    @Setting(
      "Layer sizes of the deep network.", each: 1...8192,
      search: .choice([[128, 64], [256, 128], [512, 256]]))
    public var deepSizes = [256, 128]
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "dcn-v2", title: "DCN-V2", group: "Floors",
    paper: "Wang et al., DCN V2: improved deep & cross network and practical lessons for web-scale "
      + "learning to rank systems, WWW 2021",
    deviations: [
      "Every task has its own tables, cross layers and deep network, with nothing shared; the paper has one task.",
      "The last layer is a tower; with towerSizes [] it is the published one.",
      "In the mixture, gates are a softmax and the nonlinearity is tanh; the paper leaves both open.",
    ])

  private let structure: Structure
  private let inputs: [InputLayer]
  private let crosses: [[CrossLayer]]
  private let networks: [MLP]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    structure = settings.structure
    let scopes = problem.tasks.map { scope["tasks"][$0.name] }
    let inputs = scopes.map { InputLayer(settings.input, problem: problem, scope: $0["input"]) }
    self.inputs = inputs
    let size = inputs[0].outputSize
    crosses = scopes.map { scope in
      (0..<settings.crossLayerCount).map {
        CrossLayer(settings, size: size, scope: scope["cross"][$0])
      }
    }
    networks = scopes.map { scope in
      settings.towers.mlp(inputSize: size, sizes: settings.deepSizes, scope: scope["deep"])
    }
    let deepSize = networks[0].outputSize
    towers = try Towers(
      settings.towers, inputSize: structure == .parallel ? size + deepSize : deepSize,
      axis: .task, problem: problem, scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: .task, leafCount: 1)
    let hidden = inputs.indices.map { task in
      let x = inputs[task](batch, in: context)
      let crossed = crosses[task].reduce(x) { $1($0, beginning: x, in: context) }
      switch structure {
      case .stacked: return networks[task](crossed, in: context)
      case .parallel: return concatenated([crossed, networks[task](x, in: context)])
      }
    }
    return towers(hidden, parts: parts, in: context)
  }
}

/// One cross layer.
private final class CrossLayer {
  /// A map of rank `crossRank`; core is nil for the form without nonlinearities.
  private struct LowRank {
    let left: Parameter
    let core: Parameter?
    let right: Parameter

    init(size: Int, rank: Int, hasCore: Bool, scope: ParameterScope) {
      left = scope.weight("left", shape: [size, rank])
      core = hasCore ? scope.weight("core", shape: [rank, rank]) : nil
      right = scope.weight("right", shape: [rank, size])
    }
  }

  private let full: Parameter?
  private let maps: [LowRank]
  private let gates: SoftmaxGates?
  private let bias: Parameter

  init(_ settings: DCNv2.Hyperparameters, size: Int, scope: ParameterScope) {
    let rank = settings.crossRank
    full = settings.crossForm == .full ? scope.weight(shape: [size, size]) : nil
    switch settings.crossForm {
    case .full: (maps, gates) = ([], nil)
    case .lowRank:
      maps = [LowRank(size: size, rank: rank, hasCore: false, scope: scope)]
      gates = nil
    case .mixture:
      maps = (0..<settings.crossExpertCount).map {
        LowRank(size: size, rank: rank, hasCore: true, scope: scope["experts"][$0])
      }
      gates = SoftmaxGates(
        inputSize: size, gateCount: 1, expertCount: settings.crossExpertCount,
        scopes: [scope["gates"]])
    }
    bias = scope.parameter("bias", shape: [size], initializer: .zeros, decays: false)
  }

  /// x, x_0, result: `[rows, size]`.
  func callAsFunction(
    _ x: Variable, beginning start: Variable, in context: ForwardContext
  ) -> Variable {
    start * mapped(x, in: context) + x
  }

  private func mapped(_ x: Variable, in context: ForwardContext) -> Variable {
    if let full { return x.affine(weight: context(full), bias: context(bias)) }
    let weights = gates.map {
      $0(x, segments: .all(rowCount: x.shape[0], count: 1), in: context)[0]
    }
    let narrow = maps.enumerated().map { index, map in
      guard let core = map.core, let weights else { return x.affine(weight: context(map.left)) }
      return x.affine(weight: context(map.left), activation: .tanh)
        .affine(weight: context(core), activation: .tanh) * weights.columns(index..<index + 1)
    }
    return concatenated(narrow).affine(
      weight: stackedRows(maps.map { context($0.right) }), bias: context(bias))
  }
}
