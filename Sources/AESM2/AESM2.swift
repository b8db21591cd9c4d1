import Layers
import Ranking
import TensorCore

/// Automatic expert selection for multi-scenario and multi-task search (AESM²).
///
/// The input x passes through one stack of multi-scenario layers per level of the scenario tree,
/// then through multi-task layers, then through one tower per task. Every layer selects experts row
/// by row. For what other rules of selection compute, see ``SelectionRule``.
///
///     z_0 = x
///     z_ℓ = scenario layers of level ℓ applied to z_{ℓ-1}; gates see [z; s_1; …; s_ℓ], own gate: the
///           row's scenario at level ℓ
///     o_t = task layers applied to z_D; gates see [o_t; s_1; …; s_D; e_t], own gate: t
///     logit_t = tower_t(o_t)
///
/// Here, s_ℓ is the embedding of the row's scenario at level ℓ, and e_t is the embedding of task t.
/// The experts and gates of a task layer are shared by all tasks, each of which enters with its own
/// o_t. With `order: tasks-first`, the task layers are applied to x, with gates that see [o_t; e_t],
/// and then each o_t passes through the scenario layers, whose gates see [o_t; e_t; s_1; …; s_ℓ]. With
/// `flatScenarios`, the tree is replaced by the one with a single level whose scenarios are the leaves,
/// so D = 1; the input, which may contain the scenario as a feature, remains as it is.
///
/// For every layer and task, the total loss includes λ_sp · KL(p_j ‖ G_k), averaged over rows and
/// specific experts, and λ_sh · KL(q ‖ G_k), averaged over rows and shared experts.
///
/// Source: Zou et al., Automatic expert selection for multi-scenario and multi-task search, SIGIR
/// 2022, arXiv 2205.14321; the authors' released code for details that the text leaves open.
public final class AESM2: RankingModel {
  /// The settings of the model.
  public typealias Hyperparameters = AESM2Hyperparameters

  /// The description of the model.
  public static let card = MethodCard(
    id: "aesm2", title: "AESM²", group: "Scenarios and tasks",
    paper: "Zou et al., Automatic expert selection for multi-scenario and multi-task search, "
      + "SIGIR 2022, arXiv 2205.14321",
    deviations: [
      "The paper's hyper-parameters, noise variance and loss weights are not public; the defaults are ours.",
      "Unselected experts are masked at minus infinity; the released code multiplies their logits by -1e9, which inverts the selection (option mask).",
      "An expert in both sets counts once; the released code doubles its logit (option overlapScale).",
      "Gates are plain linear maps; the released code adds batch normalization (option gateNorm), and inside experts too (option expertNorm).",
      "Each level of the scenario tree has its own parameters; the released code reuses one set of names for all levels.",
      "Batch normalization in task layers is shared by all tasks, as in the released code, so its running moments mix them.",
      "Divergences are computed from log-softmax, so no constant is added inside logarithms.",
      "Option selection replaces the selection by others that are not in the paper: SMES's shared experts first, noisy top-k with one gate per scenario or task, or one with a prompt, random, hashed and dense.",
      "Options scenarioLayerCount 0, taskLayerCount 0, order: tasks-first and flatScenarios are ablations.",
    ])

  /// Sentences about mechanisms that are switched off.
  public let notes: [String]

  private let problem: Problem
  private let levelChoices: [[Int32]]
  private let input: InputLayer
  private let scenarioIndicators: [EmbeddingTable]
  private let taskIndicators: EmbeddingTable?
  private let stages: [Stage]
  private let towers: Towers

  /// The layers of one level of the scenario tree, or those of tasks.
  private enum Stage {
    case scenarios(level: Int, [SelectionLayer])
    case tasks([SelectionLayer])

    var layers: [SelectionLayer] {
      switch self {
      case .scenarios(_, let layers), .tasks(let layers): layers
      }
    }
  }

  /// Rows on their way through the layers: all of them, or those of a task.
  private struct Flow {
    var z: Variable
    var indicators: [Variable] = []
    var label = ""
    var task: Int?
    var losses: [Predictions.AuxiliaryLoss] = []
  }

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.problem = problem
    let tree = settings.flatScenarios ? problem.scenarios.flattened : problem.scenarios
    levelChoices = (0..<tree.depth).map { tree.indices(atLevel: $0).map(Int32.init) }
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    let indicatorSize = settings.indicatorSize
    scenarioIndicators = tree.levels.enumerated().map { index, level in
      EmbeddingTable(
        count: level.values.count, size: indicatorSize,
        scope: scope["indicators"]["scenario"][index])
    }
    taskIndicators =
      settings.taskLayerCount == 0
      ? nil
      : EmbeddingTable(
        count: problem.tasks.count, size: indicatorSize, scope: scope["indicators"]["task"])
    var (size, indicatorCount) = (input.outputSize, 0)
    func layers(_ count: Int, _ sizes: SelectionLayer.Sizes, _ scope: ParameterScope)
      -> [SelectionLayer]
    {
      indicatorCount += 1
      return (0..<count).map { depth in
        let layer = SelectionLayer(
          settings, sizes: sizes, inputSize: size, indicatorSize: indicatorCount * indicatorSize,
          scope: scope[depth])
        size = layer.outputSize
        return layer
      }
    }
    func scenarioStages() -> [Stage] {
      tree.levels.enumerated().map { index, level in
        .scenarios(
          level: index,
          layers(
            settings.scenarioLayerCount,
            .init(
              gateCount: level.values.count, expertCount: settings.scenarioExpertCount,
              specificCount: settings.scenarioSpecificCount,
              sharedCount: settings.scenarioSharedCount), scope["scenario"][index]))
      }
    }
    func taskStage() -> Stage {
      .tasks(
        layers(
          settings.taskLayerCount,
          .init(
            gateCount: problem.tasks.count, expertCount: settings.taskExpertCount,
            specificCount: settings.taskSpecificCount, sharedCount: settings.taskSharedCount,
            isOfTasks: true), scope["task"]))
    }
    if settings.beginsWithTasks {
      let first = taskStage()
      stages = [first] + scenarioStages()
    } else {
      let first = scenarioStages()
      stages = first + [taskStage()]
    }
    towers = try Towers(
      settings.towers, inputSize: size, axis: .task, problem: problem, scope: scope["towers"])
    notes = Self.notes(for: problem, tree, settings) + stages.flatMap(\.layers).compactMap(\.note)
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    var flows = [Flow(z: input(batch, in: context))]
    var balanceLosses: [Predictions.AuxiliaryLoss] = []
    for stage in stages {
      switch stage {
      case .scenarios(let level, let layers):
        let own = batch.leaves.map { levelChoices[level][Int($0)] }
        let indicator = scenarioIndicators[level](own, in: context)
        for index in flows.indices { flows[index].indicators.append(indicator) }
        balanceLosses += pass(&flows, through: layers, of: batch, in: context) { _ in own }
      case .tasks(let layers):
        flows = problem.tasks.indices.map { task in
          var flow = flows[0]
          if task > 0 { flow.losses = [] }
          (flow.task, flow.label) = (task, "/\(problem.tasks[task].name)")
          if let taskIndicators {
            let own = [Int32](repeating: Int32(task), count: batch.rowCount)
            flow.indicators.append(taskIndicators(own, in: context))
          }
          return flow
        }
        balanceLosses += pass(&flows, through: layers, of: batch, in: context) { flow in
          [Int32](repeating: Int32(flow.task ?? 0), count: batch.rowCount)
        }
      }
    }
    let all = ScenarioParts(batch, axis: .task, leafCount: problem.scenarios.leafCount)
    return towers(flows.map(\.z), parts: all, in: context)
      .adding(flows.flatMap(\.losses) + balanceLosses)
  }

  /// Lets every flow pass through layers; returns the losses that concern all flows together.
  private func pass(
    _ flows: inout [Flow], through layers: [SelectionLayer], of batch: Batch,
    in context: ForwardContext, own: (Flow) -> [Int32]
  ) -> [Predictions.AuxiliaryLoss] {
    guard !layers.isEmpty else { return [] }
    let indicators = flows.map { concatenated($0.indicators) }
    let choices = flows.map(own)
    var balanceLosses: [Predictions.AuxiliaryLoss] = []
    for layer in layers {
      let output = layer(
        flows.indices.map {
          .init(
            z: flows[$0].z, task: flows[$0].task.map { problem.tasks[$0].name } ?? "",
            indicator: indicators[$0], own: choices[$0], ids: batch.ids)
        }, in: context)
      for index in flows.indices {
        flows[index].z = output.mixed[index]
        flows[index].losses += output.auxiliaryLosses[index].map {
          .init(name: $0.name + flows[index].label, weight: $0.weight, value: $0.value)
        }
      }
      balanceLosses += output.balanceLoss.map { [$0] } ?? []
    }
    return balanceLosses
  }

  private static func notes(
    for problem: Problem, _ tree: ScenarioTree, _ settings: Hyperparameters
  ) -> [String] {
    guard settings.selection == .kl else { return [] }
    var notes: [String] = []
    for level in tree.levels
    where level.values.count == 1 && settings.scenarioLayerCount > 0 {
      notes.append(
        "Selection is bypassed at scenario level '\(level.name)', which has one scenario only: "
          + "all experts are mixed.")
    }
    if problem.tasks.count == 1, settings.taskLayerCount > 0 {
      notes.append(
        "Selection is bypassed in the task layers, since there is one task only: all experts are "
          + "mixed.")
    }
    if settings.mask == .multiply {
      notes.append("The mask multiplies logits, so all experts are computed and mixed.")
    }
    return notes
  }
}
