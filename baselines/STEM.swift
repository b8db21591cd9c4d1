import Configuration
import Layers
import Ranking
import TensorCore

/// Shared and task-specific embeddings: every task has tables and experts of its own, and reads the
/// experts of the others without training them.
///
///     e_{t,j,l} = f_{t,j,l}(x_{t,l-1}),   e_{0,j,l} = f_{0,j,l}(x_{0,l-1})
///     x_{t,l} = Σ_k g_{t,l}(x_{t,l-1} + x_{0,l-1})_k · [e_{t,l}; sg(e_{u,l}) for other tasks u; e_{0,l}]_k
///     x_{0,l} = Σ_k g_{0,l}(x_{0,l-1})_k · [e_{u,l} for all tasks u; e_{0,l}]_k
///     logit_t = tower_t(x_{t,L})
///
/// - x_{t,0}: `[rows, inputSize]`, the row through the tables of task t; x_{0,0}: through the shared
///   tables; f: experts; g: a softmax of an MLP with ReLU, `gateSizes` and a linear last layer with
///   bias; sg: no gradient. The experts of a mixture are in the order of the tasks, the shared ones
///   last. The last level has no x_0.
///
/// With `sharedEmbedding`, all x_{t,0} are x_{0,0}: the ablation with one set of tables.
///
/// On the flat axis, tables, experts, gates and towers of a task are private to a scenario, and the
/// other tasks that a row reads are those of its own scenario. Rows then pass through the tables of
/// their scenario only, but the memory is that of tasks · scenarios tables. With several levels and
/// batch normalization, the moments of the shared experts above the first level are those of rows of
/// all scenarios, which their own experts have changed.
///
/// Source: Su et al., STEM: unleashing the power of embeddings for multi-task recommendation, AAAI
/// 2024, section 4; the authors' code for the gates.
public final class STEM: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``STEM``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One set of tables per task, or per task and scenario (flat).",
      search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.task
    @Setting("Whether all tasks read the shared tables (ablation).")
    public var sharedEmbedding = false
    @Setting("Levels of experts.", in: 1...8, search: .choice([1, 2]))
    public var levelCount = 1
    @Setting("Experts of each task at each level.", in: 1...64, search: .choice([1, 2]))
    public var specificExpertCount = 1
    @Setting("Shared experts at each level.", in: 1...64, search: .choice([1, 2]))
    public var sharedExpertCount = 1
    @Setting(
      "Layer sizes of an expert.", each: 1...8192, minimumCount: 1,
      search: .choice([[128, 64], [256, 128], [512, 256, 128]]))
    public var expertSizes = [128, 64]
    @Setting("Layer sizes of a gate, below its last layer.", each: 1...8192)
    public var gateSizes = [64]
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "stem", title: "STEM", group: "Shared and gated",
    paper: "Su et al., STEM: unleashing the power of embeddings for multi-task recommendation, "
      + "AAAI 2024",
    deviations: [
      "With the flat axis, tables are private to a task in a scenario and other scenarios are reached through the shared experts alone; the paper has tasks only.",
      "Gates have neither batch normalization nor dropout.",
    ])

  /// A note if there is one task.
  public var notes: [String] {
    levels[0].taskCount > 1
      ? [] : ["There is one task only, so no experts of other tasks are mixed."]
  }

  private let axis: ScenarioAxis
  private let leafCount: Int
  private let sharedInput: InputLayer
  private let inputs: [[InputLayer]]
  private let levels: [STEMLevel]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    axis = settings.axis
    let leafCount = problem.scenarios.leafCount
    self.leafCount = leafCount
    sharedInput = InputLayer(settings.input, problem: problem, scope: scope["input"])
    inputs =
      settings.sharedEmbedding
      ? []
      : problem.tasks.map { task in
        ScenarioParts.scopes(
          scope["tasks"][task.name], axis: settings.axis, leafCount: leafCount
        ).map { InputLayer(settings.input, problem: problem, scope: $0["input"]) }
      }
    var inputSize = sharedInput.outputSize
    var levels: [STEMLevel] = []
    for level in 0..<settings.levelCount {
      levels.append(
        STEMLevel(
          settings, inputSize: inputSize, isLast: level == settings.levelCount - 1,
          problem: problem, scope: scope["levels"][level]))
      inputSize = levels[level].outputSize
    }
    self.levels = levels
    towers = try Towers(
      settings.towers, inputSize: inputSize, axis: axis, problem: problem, scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: axis, leafCount: leafCount)
    let batches = inputs.isEmpty ? [] : parts.batches(of: batch)
    let shared = parts.ordered(sharedInput(batch, in: context))
    var state = STEMState(
      shared: shared,
      tasks: inputs.isEmpty
        ? levels[0].taskIndices.map { _ in shared }
        : inputs.map { layers in
          stackedRows(zip(layers, batches).map { $0($1, in: context) })
        })
    for level in levels { state = level(state, parts: parts, in: context) }
    return towers(state.tasks, parts: parts, in: context)
  }
}

/// The shared and the tasks' representations of rows that are ordered by part.
private struct STEMState {
  let shared: Variable
  let tasks: [Variable]
}

/// One level of experts.
private final class STEMLevel {
  var outputSize: Int { shared.outputSize }
  var taskCount: Int { specific.count }
  var taskIndices: Range<Int> { specific.indices }

  private let ownCount: Int
  private let specific: [MLPBank]
  private let specificPaths: [String]
  private let shared: ExpertBank
  private let gates: [SoftmaxGates]
  private let sharedGate: SoftmaxGates?

  init(
    _ settings: STEM.Hyperparameters, inputSize: Int, isLast: Bool, problem: Problem,
    scope: ParameterScope
  ) {
    func parts(_ scope: ParameterScope) -> [ParameterScope] {
      ScenarioParts.scopes(
        scope, axis: settings.axis, leafCount: problem.scenarios.leafCount)
    }
    let own = settings.specificExpertCount
    ownCount = own
    specificPaths = problem.tasks.map { scope["specific"][$0.name].path }
    specific = problem.tasks.map { task in
      settings.towers.mlpBank(
        inputSize: inputSize, sizes: settings.expertSizes,
        scopes: parts(scope["specific"][task.name]).flatMap { part in (0..<own).map { part[$0] } })
    }
    shared = settings.towers.expertBank(
      inputSize: inputSize, sizes: settings.expertSizes,
      scopes: (0..<settings.sharedExpertCount).map { scope["shared"][$0] })
    let count = problem.tasks.count * own + settings.sharedExpertCount
    func gate(_ scopes: [ParameterScope]) -> SoftmaxGates {
      SoftmaxGates(
        inputSize: inputSize, gateCount: 1, expertCount: count, hiddenSizes: settings.gateSizes,
        hasBias: true, scopes: scopes)
    }
    gates = problem.tasks.map { gate(parts(scope["gates"][$0.name])) }
    sharedGate = isLast ? nil : gate([scope["sharedGate"]])
  }

  func callAsFunction(
    _ state: STEMState, parts: ScenarioParts, in context: ForwardContext
  ) -> STEMState {
    let segments = parts.segments(ownExperts: ownCount)
    let own = zip(specific, state.tasks).map { $0($1, segments: segments, in: context) }
    for (outputs, path) in zip(own, specificPaths) {
      context.observer?.show(outputs: outputs.value, of: path)
    }
    let common = shared.outputs(state.shared, in: context)
    let positions = parts.positions(
      of: specific.map { _ in .own(ownCount) } + [.shared(shared.expertCount)])
    let tasks = gates.enumerated().map { task, gate in
      let weights = gate(state.tasks[task] + state.shared, segments: parts.segments, in: context)
      let seen = own.enumerated().map { $0 == task ? $1 : $1.detached() }
      return stackedRows(seen + [common]).mixed(by: weights[0], positions: positions)
    }
    guard let sharedGate else { return STEMState(shared: state.shared, tasks: tasks) }
    let weights = sharedGate(state.shared, segments: parts.segments, in: context)[0]
    return STEMState(
      shared: stackedRows(own + [common]).mixed(by: weights, positions: positions), tasks: tasks)
  }
}
