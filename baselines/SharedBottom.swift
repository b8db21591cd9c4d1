import Configuration
import Layers
import Ranking
import TensorCore

/// Hard parameter sharing: one shared network below one tower per objective.
///
///     logit_o = tower_o(f(x))
///
/// - x: `[rows, inputSize]`, f: an MLP that all rows share, o: a task, or a task in a scenario on
///   the flat axis.
///
/// Source: Caruana, Machine Learning 28, 1997; in the form of the Shared-Bottom model of Ma et al.,
/// KDD 2018.
public final class SharedBottom: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``SharedBottom``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.flat
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
    id: "shared-bottom", title: "Shared-Bottom", group: "Shared and gated",
    paper: "Caruana, Multitask learning, Machine Learning 28, 1997")

  private let axis: ScenarioAxis
  private let leafCount: Int
  private let input: InputLayer
  private let bottom: MLP
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    axis = settings.axis
    leafCount = problem.scenarios.leafCount
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    bottom = settings.towers.mlp(
      inputSize: input.outputSize, sizes: settings.bottomSizes, scope: scope["bottom"])
    towers = try Towers(
      settings.towers, inputSize: bottom.outputSize, axis: axis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: axis, leafCount: leafCount)
    let shared = bottom(parts.ordered(input(batch, in: context)), in: context)
    return towers(shared, parts: parts, in: context)
  }
}
