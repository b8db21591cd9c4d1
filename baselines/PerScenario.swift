import Configuration
import Layers
import Ranking
import TensorCore

/// One shared-bottom network per leaf scenario, with nothing shared between scenarios, not even
/// embeddings.
///
///     logit_{t,p} = tower_{t,p}(f_p(x_p))
///
/// - p: the row's scenario, a leaf of the tree; t: a task; x_p: `[rows, inputSize]`, the row through
///   the embedding tables of p; f_p: an MLP of p. A row passes through the tables and layers of its
///   own scenario only, so the cost per row is that of one network and the memory that of all.
///
/// With `sharedEmbeddings`, all scenarios read one set of tables: the model called Shared Bottom in
/// section 5.1 of the STAR paper, which elsewhere is a network that shares its layers too
/// (``SharedBottom``).
///
/// Source: Sheng et al. (STAR), CIKM 2021, figure 1 and section 5.1.
public final class PerScenario: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``PerScenario``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting("Whether all scenarios share the embedding tables.")
    public var sharedEmbeddings = false
    @Setting(
      "Layer sizes of each scenario's network.", each: 1...8192,
      search: .choice([[128, 64], [256, 128], [512, 256]]))
    public var networkSizes = [256, 128]
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "per-scenario", title: "Per-Scenario", group: "Floors",
    paper: "the networks of single domains of Sheng et al., One model to serve all: star topology "
      + "adaptive recommender for multi-domain CTR prediction, CIKM 2021",
    deviations: [
      "Tasks share the network of their scenario below their towers; the paper has one task.",
      "All scenarios are trained together, with one learning rate, and stop at the same step.",
      "Bins and quantiles of numerical features are those of the rows of all scenarios.",
    ])

  /// A note if there is one scenario.
  public var notes: [String] {
    leafCount > 1 ? [] : ["There is one scenario only, so this is a shared bottom."]
  }

  private let leafCount: Int
  private let inputs: [InputLayer]
  private let networks: MLPBank
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    leafCount = problem.scenarios.leafCount
    let scopes = ScenarioParts.scopes(scope["networks"], axis: .flat, leafCount: leafCount)
    inputs = (settings.sharedEmbeddings ? [scope] : scopes).map {
      InputLayer(settings.input, problem: problem, scope: $0["input"])
    }
    networks = settings.towers.mlpBank(
      inputSize: inputs[0].outputSize, sizes: settings.networkSizes, scopes: scopes)
    towers = try Towers(
      settings.towers, inputSize: networks.outputSize, axis: .flat, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: .flat, leafCount: leafCount)
    let x =
      inputs.count == 1
      ? parts.ordered(inputs[0](batch, in: context))
      : stackedRows(zip(inputs, parts.batches(of: batch)).map { $0($1, in: context) })
    return towers(
      networks(x, segments: parts.segments, in: context), parts: parts, in: context)
  }
}
