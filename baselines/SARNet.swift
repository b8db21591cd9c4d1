import Configuration
import Layers
import Ranking
import TensorCore

/// Scenario-aware ranking network, reduced: the input is transformed per scenario, then experts of
/// the scenario and shared ones are mixed.
///
///     x' = w_s ⊙ x + b_s
///     logit_t = tower_t(Σ_k softmax(x' G_t)_k · [own experts of s(x'); shared experts(x')]_k)
///
/// - x: `[rows, inputSize]`; s: the row's scenario, a leaf of the tree; w_s, b_s: `[inputSize]`,
///   private to s; t: a task; G_t: without bias, and like the towers the same for all scenarios.
///   Own experts come first. The towers are private to s with `privateTowers`.
///
/// Source: Shen et al., SAR-Net: a scenario-aware ranking network for personalized fair
/// recommendation in hundreds of travel scenarios, CIKM 2021. Of its parts, this has the scenario
/// transform and the mixture of shared and scenario-specific experts.
public final class SARNet: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``SARNet``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting("Experts of every scenario.", in: 1...64, search: .choice([1, 2]))
    public var specificExpertCount = 2
    @Setting("Experts that all scenarios share.", in: 1...256, search: .choice([4, 8]))
    public var sharedExpertCount = 8
    @Setting(
      "Layer sizes of an expert.", each: 1...8192, minimumCount: 1,
      search: .choice([[16], [64], [128, 64]]))
    public var expertSizes = [64]
    @Setting("Whether every scenario has towers of its own.", search: .choice([false, true]))
    public var privateTowers = false
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "sar-net", title: "SAR-Net (reduced)", group: "Scenarios",
    paper: "Shen et al., SAR-Net: a scenario-aware ranking network for personalized fair "
      + "recommendation in hundreds of travel scenarios, CIKM 2021",
    deviations: [
      "Without the attention to behaviors of other scenarios, since rows have no sequences.",
      "Without the fairness coefficients of samples, since rows do not tell whether traffic was steered.",
      "Experts are plain networks, without the bias network of the paper's debiasing experts.",
      "Every task has a gate and a tower of its own; the paper has one task.",
      "w_s begins as ones and b_s as zeros, without weight decay; the paper gives no initial values.",
    ])

  /// A note if there is one scenario.
  public var notes: [String] {
    leafCount > 1
      ? [] : ["There is one scenario only, so the specific experts are further shared ones."]
  }

  private let leafCount: Int
  private let towerAxis: ScenarioAxis
  private let ownCount: Int
  private let input: InputLayer
  private let scales: [Parameter]
  private let shifts: [Parameter]
  private let own: MLPBank
  private let shared: ExpertBank
  private let gates: SoftmaxGates
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    leafCount = problem.scenarios.leafCount
    towerAxis = settings.privateTowers ? .flat : .task
    ownCount = settings.specificExpertCount
    let (leaves, count) = (leafCount, ownCount)
    func parts(of scope: ParameterScope) -> [ParameterScope] {
      ScenarioParts.scopes(scope, axis: .flat, leafCount: leaves)
    }
    let input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    self.input = input
    let transforms = parts(of: scope["transform"])
    scales = transforms.map {
      $0.parameter("scale", shape: [input.outputSize], initializer: .ones, decays: false)
    }
    shifts = transforms.map {
      $0.parameter("shift", shape: [input.outputSize], initializer: .zeros, decays: false)
    }
    shared = settings.towers.expertBank(
      inputSize: input.outputSize, sizes: settings.expertSizes,
      scopes: (0..<settings.sharedExpertCount).map { scope["shared"][$0] })
    own = settings.towers.mlpBank(
      inputSize: input.outputSize, sizes: settings.expertSizes,
      scopes: parts(of: scope["specific"]).flatMap { part in (0..<count).map { part[$0] } })
    gates = SoftmaxGates(
      inputSize: input.outputSize, gateCount: problem.tasks.count,
      names: problem.tasks.map(\.name),
      expertCount: count + settings.sharedExpertCount, scopes: [scope["gates"]])
    towers = try Towers(
      settings.towers, inputSize: shared.outputSize, axis: towerAxis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: .flat, leafCount: leafCount)
    let x = parts.ordered(input(batch, in: context)).scaled(
      segments: parts.segments.output, scales: scales.map { context($0) },
      shifts: shifts.map { context($0) })
    let positions = parts.positions(of: [.own(ownCount), .shared(shared.expertCount)])
    let outputs = stackedRows([
      own(x, segments: parts.segments(ownExperts: ownCount), in: context),
      shared.outputs(x, in: context),
    ])
    let mixtures = gates(x, segments: parts.segments, in: context).map {
      outputs.mixed(by: $0, positions: positions)
    }
    guard towerAxis == .task else { return towers(mixtures, parts: parts, in: context) }
    return towers(
      mixtures.map(parts.restored),
      parts: ScenarioParts(batch, axis: .task, leafCount: leafCount), in: context)
  }
}
