import Configuration
import Layers
import Ranking
import TensorCore

/// Multi-gate mixture of experts.
///
///     logit_o = tower_o(Σ_i g_o(x)_i · f_i(x)),   g_o(x) = softmax(W_o x)
///
/// - x: `[rows, inputSize]`, f_i: experts that all rows share, g_o: one linear gate without bias
///   per objective on x itself, o: a task, or a task in a scenario on the flat axis.
///
/// With `sharedGate` there is one gate for all objectives (OMoE, section 4.2 of the paper).
///
/// Source: Ma et al., Modeling task relationships in multi-task learning with multi-gate
/// mixture-of-experts, KDD 2018, equations 6 and 7.
public final class MMoE: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``MMoE``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.flat
    @Setting("Experts that all objectives share.", in: 1...256, search: .choice([4, 8]))
    public var expertCount = 8
    @Setting(
      "Layer sizes of an expert.", each: 1...8192, minimumCount: 1,
      search: .choice([[64], [128], [128, 64], [256, 128]]))
    public var expertSizes = [128, 64]
    @Setting("Whether one gate serves all objectives (OMoE).")
    public var sharedGate = false
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "mmoe", title: "MMoE", group: "Shared and gated",
    paper: "Ma et al., Modeling task relationships in multi-task learning with multi-gate "
      + "mixture-of-experts, KDD 2018")

  private let axis: ScenarioAxis
  private let problem: Problem
  private let input: InputLayer
  private let experts: ExpertBank
  private let gates: SoftmaxGates
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.problem = problem
    axis = settings.axis
    let leafCount = problem.scenarios.leafCount
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    experts = settings.towers.expertBank(
      inputSize: input.outputSize, sizes: settings.expertSizes,
      scopes: (0..<settings.expertCount).map { scope["experts"][$0] })
    gates = SoftmaxGates(
      inputSize: input.outputSize, gateCount: settings.sharedGate ? 1 : problem.tasks.count,
      names: settings.sharedGate ? [] : problem.tasks.map(\.name),
      expertCount: settings.expertCount,
      scopes: settings.sharedGate
        ? [scope["gates"]]
        : ScenarioParts.scopes(scope["gates"], axis: axis, leafCount: leafCount))
    towers = try Towers(
      settings.towers, inputSize: experts.outputSize, axis: axis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: axis, leafCount: problem.scenarios.leafCount)
    let x = parts.ordered(input(batch, in: context))
    let routing = Routing(denseOver: batch.rowCount, expertCount: experts.expertCount)
    let outputs = experts.outputs(x, in: context)
    let mixtures = gates(x, segments: parts.segments, in: context).map {
      outputs.mixed(by: $0, positions: routing.positions)
    }
    let inputs = problem.tasks.indices.map { mixtures[min($0, mixtures.count - 1)] }
    return towers(inputs, parts: parts, in: context)
  }
}
