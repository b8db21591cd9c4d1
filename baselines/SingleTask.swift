import Configuration
import Layers
import Ranking
import TensorCore

/// One network per task, with nothing shared between tasks, not even embeddings.
///
///     logit_t = tower_t(f_t(x_t))
///
/// - x_t: `[rows, inputSize]`, the row through the embedding tables of task t; f_t: an MLP of task
///   t. All scenarios share the network of a task; the scenario is an ordinary feature.
///
/// This is the ground against which every transfer between tasks is measured. The tasks are trained
/// together, so early stopping looks at all of them.
///
/// Source: Caruana, Machine Learning 28, 1997 (single task learning).
public final class SingleTask: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``SingleTask``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "Layer sizes of each task's network.", each: 1...8192,
      search: .choice([[128, 64], [256, 128], [512, 256]]))
    public var networkSizes = [256, 128]
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "single-task", title: "Single-Task", group: "Floors",
    paper: "the single-task networks of Caruana, Multitask learning, Machine Learning 28, 1997",
    deviations: [
      "The networks of all tasks are trained together, with one learning rate, and stop at the same step."
    ])

  private let inputs: [InputLayer]
  private let networks: [MLP]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    let scopes = problem.tasks.map { scope["tasks"][$0.name] }
    let inputs = scopes.map { InputLayer(settings.input, problem: problem, scope: $0["input"]) }
    self.inputs = inputs
    networks = zip(inputs, scopes).map { input, scope in
      settings.towers.mlp(
        inputSize: input.outputSize, sizes: settings.networkSizes, scope: scope["network"])
    }
    towers = try Towers(
      settings.towers, inputSize: networks[0].outputSize, axis: .task, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: .task, leafCount: 1)
    return towers(
      zip(inputs, networks).map { $1($0(batch, in: context), in: context) }, parts: parts,
      in: context)
  }
}
