import Configuration
import Layers
import Ranking
import TensorCore

/// Residual flow between the networks of tasks in sequence: after every layer, and in the log-odds,
/// what a task has found is added to the task that follows it.
///
///     h_{t,l} = f_{t,l}(h_{t,l-1}) + h_{f,l},   h_{t,0} = x
///     logit_t = tower_t(h_{t,L}) + logit_f
///
/// - f: the task that t follows; the terms with f are left out where t follows none; f_{t,l}: layer l
///   of the network of t, all of equal shape. The sum is taken after the activation.
///
/// The log-odds of f are added to those of the tower before the head, so a head of products
/// multiplies what includes them.
///
/// On the flat axis, the networks and towers are private to a scenario; embeddings are shared.
///
/// Source: Fu et al., Residual multi-task learner for applied ranking, KDD 2024, section 3; the
/// authors' code for the place of the sums.
public final class ResFlow: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``ResFlow``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.flat
    @Setting(
      "Layer sizes of each objective's network.", each: 1...8192, minimumCount: 1,
      search: .choice([[128, 64], [256, 128]]))
    public var networkSizes = [128, 64]
    @Setting("Whether only log-odds are added, not hidden layers.")
    public var logitsOnly = false
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() { towers.towerSizes = [] }
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "resflow", title: "ResFlow", group: "Tasks in sequence",
    paper: "Fu et al., Residual multi-task learner for applied ranking, KDD 2024",
    deviations: [
      "A task follows the one that the data name, so chains may be long and may branch; a task without one has a plain network.",
      "Task weights and weights of positive rows are those of the trainer; the authors' code weighs clicks twice.",
    ])

  /// A note if no task follows another.
  public var notes: [String] {
    chains.isEmpty
      ? ["No task follows another, so nothing flows between the networks of tasks."] : []
  }

  private let axis: ScenarioAxis
  private let leafCount: Int
  private let logitsOnly: Bool
  private let chains: TaskChains
  private let input: InputLayer
  private let layers: [[MLPBank]]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    axis = settings.axis
    logitsOnly = settings.logitsOnly
    let leafCount = problem.scenarios.leafCount
    self.leafCount = leafCount
    chains = try TaskChains(problem.tasks)
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    let sizes = [input.outputSize] + settings.networkSizes
    layers = settings.networkSizes.indices.map { depth in
      problem.tasks.map { task in
        settings.towers.mlpBank(
          inputSize: sizes[depth], sizes: [sizes[depth + 1]],
          scopes: ScenarioParts.scopes(
            scope["networks"][depth][task.name], axis: settings.axis, leafCount: leafCount))
      }
    }
    towers = try Towers(
      settings.towers, inputSize: sizes[sizes.count - 1], axis: axis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: axis, leafCount: leafCount)
    let x = parts.ordered(input(batch, in: context))
    var states = chains.followed.map { _ in x }
    for layer in layers {
      for task in chains.order {
        states[task] = layer[task](states[task], segments: parts.segments, in: context)
        if let followed = chains.followed[task], !logitsOnly {
          states[task] = states[task] + states[followed]
        }
      }
    }
    return towers(states, parts: parts, in: context) { [chains] task, towers in
      chains.followed[task].map { towers.logits(of: $0) }
    }
  }
}
