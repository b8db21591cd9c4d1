import Configuration
import Layers
import Ranking
import TensorCore

/// Parameter and embedding personalized network: EPNet adapts the input to the scenario, PPNet the
/// layers of every task to the user and the item.
///
///     x' = δ ⊙ x,   δ = NU([e; sg(x)])
///     h_{t,l+1} = f((δ_{t,l} ⊙ h_{t,l}) W_{t,l} + b_{t,l}),   h_{t,0} = x'
///     [δ_{1,l}; …; δ_{T,l}] = NU_l([o; sg(x')]),   logit_o = tower_o(δ_{t,L} ⊙ h_{t,L})
///     NU(u) = 2 σ(relu(u W₁ + b₁) W₂ + b₂)
///
/// - x: `[rows, inputSize]`; e: the embedding of the row's scenario (a leaf of the tree), followed
///   by the columns of features with the role `scenario-prior`; o: the columns of x of features
///   with the roles `user` and `item`; both with gradient; sg: stopped gradient; t: a task; the L
///   layers of a task and its tower are private to a scenario on the flat axis, the gates never.
///
/// Source: Chang et al., PEPNet: parameter and embedding personalized network for infusing with
/// personalized prior information, KDD 2023, section 2.2.
public final class PEPNet: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``PEPNet``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.task
    @Setting("Columns of the scenario's embedding that the first gate reads.", in: 1...512)
    public var indicatorSize = 16
    public var personalized = PersonalizedHyperparameters()
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "pepnet", title: "PEPNet", group: "Scenarios and tasks",
    paper: "Chang et al., PEPNet: parameter and embedding personalized network for infusing with "
      + "personalized prior information, KDD 2023",
    deviations: PersonalizedNetworks.deviations + [
      "The personalized statistics of a scenario are the features with the role scenario-prior, if there are any."
    ])

  private let axis: ScenarioAxis
  private let leafCount: Int
  private let input: InputLayer
  private let prior: InputPart
  private let gate: DomainGate
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
    gate = try DomainGate(
      indicatorSize: settings.indicatorSize, gateSize: settings.personalized.gateSize,
      input: input, problem: problem, scope: scope)
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
    let x = input(batch, in: context)
    let gated = parts.ordered(gate(x, of: batch, in: context))
    let known = parts.ordered(prior(x))
    return towers(
      networks(gated, prior: known, parts: parts, in: context), parts: parts, in: context)
  }
}
