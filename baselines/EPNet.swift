import Configuration
import Layers
import Ranking
import TensorCore

/// Embedding personalized network, the part of PEPNet that adapts the input to the scenario, below
/// a shared bottom.
///
///     logit_o = tower_o(f(δ ⊙ x)),   δ = 2 σ(relu([e; sg(x)] W₁ + b₁) W₂ + b₂)
///
/// - x: `[rows, inputSize]`; e: the embedding of the row's scenario (a leaf of the tree), followed
///   by the columns of features with the role `scenario-prior`, both with gradient; sg: stopped
///   gradient; δ: `[rows, inputSize]`, about 1 at the beginning; f: an MLP that all rows share; o:
///   a task, or a task in a scenario on the flat axis.
///
/// Source: Chang et al., PEPNet: parameter and embedding personalized network for infusing with
/// personalized prior information, KDD 2023, section 2.2.
public final class EPNet: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``EPNet``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.task
    @Setting("Columns of the scenario's embedding that the gate reads.", in: 1...512)
    public var indicatorSize = 16
    @Setting("Hidden columns of the gate.", in: 1...8192, search: .choice([32, 64, 128]))
    public var gateSize = 64
    @Setting(
      "Layer sizes of the shared network.", each: 1...8192,
      search: .choice([[128, 64], [256, 128], [512, 256]]))
    public var bottomSizes = [256, 128]
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "epnet", title: "EPNet", group: "Scenarios",
    paper: "Chang et al., PEPNet: parameter and embedding personalized network for infusing with "
      + "personalized prior information, KDD 2023",
    deviations: [
      "The gated input feeds a shared bottom and towers; the paper evaluates this part without personalized towers as an ablation and does not give their sizes.",
      "The gate has gateSize hidden columns; the paper does not give their number.",
      "The personalized statistics of a scenario are the features with the role scenario-prior, if there are any.",
    ])

  private let axis: ScenarioAxis
  private let leafCount: Int
  private let input: InputLayer
  private let gate: DomainGate
  private let bottom: MLP
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    axis = settings.axis
    leafCount = problem.scenarios.leafCount
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    gate = try DomainGate(
      indicatorSize: settings.indicatorSize, gateSize: settings.gateSize, input: input,
      problem: problem, scope: scope)
    bottom = settings.towers.mlp(
      inputSize: input.outputSize, sizes: settings.bottomSizes, scope: scope["bottom"])
    towers = try Towers(
      settings.towers, inputSize: bottom.outputSize, axis: axis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: axis, leafCount: leafCount)
    let x = gate(input(batch, in: context), of: batch, in: context)
    return towers(bottom(parts.ordered(x), in: context), parts: parts, in: context)
  }
}

/// The gate of EPNet, which scales the input representation by what is known of the scenario.
final class DomainGate {
  private let indicators: EmbeddingTable
  private let priors: InputPart?
  private let unit: GateUnit

  /// Creates the gate, with the scenarios' embeddings under `indicators` and the unit under
  /// `domainGate`.
  ///
  /// - Throws: ``Diagnostic`` if prior features cannot be told apart in x.
  init(
    indicatorSize: Int, gateSize: Int, input: InputLayer, problem: Problem, scope: ParameterScope
  ) throws {
    priors = problem.features(of: .scenarioPrior).isEmpty ? nil : try input.part(.scenarioPrior)
    indicators = EmbeddingTable(
      count: problem.scenarios.leafCount, size: indicatorSize, scope: scope["indicators"])
    unit = GateUnit(
      inputSize: indicatorSize + (priors?.size ?? 0) + input.outputSize, hiddenSize: gateSize,
      outputSize: input.outputSize, scope: scope["domainGate"])
  }

  /// Returns δ ⊙ x.
  ///
  /// - x, result: `[rows, inputSize]`, in the order of the batch.
  func callAsFunction(_ x: Variable, of batch: Batch, in context: ForwardContext) -> Variable {
    let known = [indicators(batch.leaves, in: context)] + (priors.map { [$0(x)] } ?? [])
    return x * unit(concatenated(known + [x.detached()]), in: context)
  }
}
