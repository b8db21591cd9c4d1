import Configuration
import Layers
import Ranking
import TensorCore

/// Parameter personalized network, the part of PEPNet that adapts the layers of every task to the
/// user and the item.
///
///     h_{t,l+1} = f((δ_{t,l} ⊙ h_{t,l}) W_{t,l} + b_{t,l}),   h_{t,0} = x
///     [δ_{1,l}; …; δ_{T,l}] = 2 σ(relu([o; sg(x)] W₁ + b₁) W₂ + b₂)        for every layer l
///     logit_o = tower_o(δ_{t,L} ⊙ h_{t,L})
///
/// - x: `[rows, inputSize]`; o: the columns of x that belong to features with the roles `user` and
///   `item`, with gradient; sg: stopped gradient; t: a task; the L layers of a task and its tower
///   are private to a scenario on the flat axis, the gates never.
///
/// Source: Chang et al., PEPNet: parameter and embedding personalized network for infusing with
/// personalized prior information, KDD 2023, section 2.2.
public final class PPNet: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``PPNet``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.task
    public var personalized = PersonalizedHyperparameters()
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "ppnet", title: "PPNet", group: "Scenarios",
    paper: "Chang et al., PEPNet: parameter and embedding personalized network for infusing with "
      + "personalized prior information, KDD 2023",
    deviations: PersonalizedNetworks.deviations + [
      "Without the other part, EPNet, the gates read the input representation as it is."
    ])

  private let axis: ScenarioAxis
  private let leafCount: Int
  private let input: InputLayer
  private let prior: InputPart
  private let networks: PersonalizedNetworks
  private let towers: Towers

  /// Creates the model with fresh weights.
  ///
  /// - Throws: ``Diagnostic`` if no feature has the role `user` or `item`.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    axis = settings.axis
    leafCount = problem.scenarios.leafCount
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    prior = try input.part(.user, .item)
    networks = PersonalizedNetworks(
      settings.personalized, towers: settings.towers, inputSize: input.outputSize,
      priorSize: prior.size, axis: axis, problem: problem, scope: scope)
    towers = try Towers(
      settings.towers, inputSize: networks.outputSize, axis: axis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: axis, leafCount: leafCount)
    let x = parts.ordered(input(batch, in: context))
    return towers(
      networks(x, prior: prior(x), parts: parts, in: context), parts: parts, in: context)
  }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// The settings of the personalized layers of ``PPNet`` and ``PEPNet``.
public struct PersonalizedHyperparameters: HyperparameterSet {
  @Setting(
    "Layer sizes of each task's network, all of whose layers have gates.", each: 1...8192,
    search: .choice([[64], [128, 64], [256, 128]]))
  public var networkSizes = [128, 64]
  @Setting("Hidden columns of every gate.", in: 1...8192, search: .choice([32, 64, 128]))
  public var gateSize = 64
  @Setting("Whether the input of the first layer has a gate too.")
  public var gatesInput = true

  public init() {}
}

/// One network per task, in front of every layer of which a gate scales the columns by what is
/// known of the user and the item.
final class PersonalizedNetworks {
  /// What the paper does otherwise, or leaves open.
  static let deviations = [
    "The columns before every layer have gates, those before the tower included; a tower's hidden layers have none, so the published network is that with towerSizes []. With gatesInput false, only outputs of layers have gates, as in some released codes.",
    "Gates have gateSize hidden columns; the paper does not give their number.",
    "Prior knowledge is the embedding of all features with the roles user and item; the paper takes the ids of the user, the item and its author.",
  ]

  /// The number of columns of every task's result.
  let outputSize: Int

  private let gates: [GateUnit?]
  private let layers: [[MLPBank]]
  private let taskCount: Int

  /// Creates the networks, with the gates under `gates` and the layers under `networks`.
  init(
    _ settings: PersonalizedHyperparameters, towers: TowerHyperparameters, inputSize: Int,
    priorSize: Int, axis: ScenarioAxis, problem: Problem, scope: ParameterScope
  ) {
    let sizes = [inputSize] + settings.networkSizes
    let tasks = problem.tasks
    taskCount = tasks.count
    outputSize = sizes[sizes.count - 1]
    gates = sizes.enumerated().map { depth, size in
      depth == 0 && !settings.gatesInput
        ? nil
        : GateUnit(
          inputSize: priorSize + inputSize, hiddenSize: settings.gateSize,
          outputSize: tasks.count * size, scope: scope["gates"][depth])
    }
    layers = settings.networkSizes.indices.map { depth in
      tasks.map { task in
        towers.mlpBank(
          inputSize: sizes[depth], sizes: [sizes[depth + 1]],
          scopes: ScenarioParts.scopes(
            scope["networks"][depth][task.name], axis: axis,
            leafCount: problem.scenarios.leafCount))
      }
    }
  }

  /// Returns the gated output of every task's network.
  ///
  /// - x: `[rows, inputSize]`, prior: `[rows, priorSize]`, with rows ordered by part; results:
  ///   `[rows, outputSize]`.
  func callAsFunction(
    _ x: Variable, prior: Variable, parts: ScenarioParts, in context: ForwardContext
  ) -> [Variable] {
    let known = concatenated([prior, x.detached()])
    var h = [Variable](repeating: x, count: taskCount)
    for (depth, gate) in gates.enumerated() {
      if let factors = gate?(known, in: context) {
        h = h.enumerated().map { task, h in
          h * factors.columns(task * h.shape[1]..<(task + 1) * h.shape[1])
        }
      }
      guard depth < layers.count else { break }
      h = zip(layers[depth], h).map { $0($1, segments: parts.segments, in: context) }
    }
    return h
  }
}
