import Layers
import Ranking
import TensorCore

/// Automatic expert selection for multi-scenario and multi-task search (AESM²).
///
/// The input x passes through one stack of multi-scenario layers per level of the scenario tree,
/// then through multi-task layers, then through one tower per task. Every layer selects experts row
/// by row (see `SelectionLayer`).
///
///     z_0 = x
///     z_ℓ = scenario layers of level ℓ applied to z_{ℓ-1}; gates see [z; s_1; …; s_ℓ], own gate: the
///           row's scenario at level ℓ
///     o_t = task layers applied to z_D; gates see [o_t; s_1; …; s_D; e_t], own gate: t
///     logit_t = tower_t(o_t)
///
/// Here, s_ℓ is the embedding of the row's scenario at level ℓ, and e_t is the embedding of task t.
/// The experts and gates of a task layer are shared by all tasks, each of which enters with its own
/// o_t.
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
    id: "aesm2", title: "AESM²",
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
    ])

  /// Sentences about mechanisms that are switched off.
  public let notes: [String]

  private let problem: Problem
  private let levelChoices: [[Int32]]
  private let input: InputLayer
  private let scenarioIndicators: [EmbeddingTable]
  private let taskIndicators: EmbeddingTable
  private let scenarioLayers: [[SelectionLayer]]
  private let taskLayers: [SelectionLayer]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.problem = problem
    let tree = problem.scenarios
    levelChoices = (0..<tree.depth).map { tree.indices(atLevel: $0).map(Int32.init) }
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    let indicatorSize = settings.indicatorSize
    scenarioIndicators = tree.levels.enumerated().map { index, level in
      EmbeddingTable(
        count: level.values.count, size: indicatorSize,
        scope: scope["indicators"]["scenario"][index])
    }
    taskIndicators = EmbeddingTable(
      count: problem.tasks.count, size: indicatorSize, scope: scope["indicators"]["task"])
    var size = input.outputSize
    func layer(_ sizes: SelectionLayer.Sizes, indicators: Int, _ scope: ParameterScope)
      -> SelectionLayer
    {
      let layer = SelectionLayer(
        settings, sizes: sizes, inputSize: size, indicatorSize: indicators * indicatorSize,
        scope: scope)
      size = layer.outputSize
      return layer
    }
    scenarioLayers = tree.levels.enumerated().map { index, level in
      (0..<settings.scenarioLayerCount).map { depth in
        layer(
          .init(
            gateCount: level.values.count, expertCount: settings.scenarioExpertCount,
            specificCount: settings.scenarioSpecificCount,
            sharedCount: settings.scenarioSharedCount), indicators: index + 1,
          scope["scenario"][index][depth])
      }
    }
    taskLayers = (0..<settings.taskLayerCount).map { depth in
      layer(
        .init(
          gateCount: problem.tasks.count, expertCount: settings.taskExpertCount,
          specificCount: settings.taskSpecificCount, sharedCount: settings.taskSharedCount),
        indicators: tree.depth + 1, scope["task"][depth])
    }
    towers = try Towers(
      settings.towers, inputSize: size, axis: .task, problem: problem, scope: scope["towers"])
    notes = Self.notes(for: problem, settings)
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    var losses: [Predictions.AuxiliaryLoss] = []
    func apply(
      _ layers: [SelectionLayer], to z: Variable, _ indicators: [Variable], own: [Int32],
      label: String = ""
    ) -> Variable {
      let indicator = concatenated(indicators)
      return layers.reduce(z) { z, layer in
        let output = layer(z, indicator: indicator, own: own, in: context)
        losses += output.auxiliaryLosses.map {
          .init(name: $0.name + label, weight: $0.weight, value: $0.value)
        }
        return output.mixed
      }
    }
    var z = input(batch, in: context)
    var indicators: [Variable] = []
    for (level, layers) in scenarioLayers.enumerated() {
      let own = batch.leaves.map { levelChoices[level][Int($0)] }
      indicators.append(scenarioIndicators[level](own, in: context))
      z = apply(layers, to: z, indicators, own: own)
    }
    let outputs = problem.tasks.indices.map { task in
      let own = [Int32](repeating: Int32(task), count: batch.rowCount)
      let indicator = taskIndicators(own, in: context)
      return apply(
        taskLayers, to: z, indicators + [indicator], own: own,
        label: "/\(problem.tasks[task].name)")
    }
    let all = ScenarioParts(batch, axis: .task, leafCount: problem.scenarios.leafCount)
    return towers(outputs, parts: all, in: context).adding(losses)
  }

  private static func notes(for problem: Problem, _ settings: Hyperparameters) -> [String] {
    var notes: [String] = []
    for level in problem.scenarios.levels where level.values.count == 1 {
      notes.append(
        "Selection is bypassed at scenario level '\(level.name)', which has one scenario only: "
          + "all experts are mixed.")
    }
    if problem.tasks.count == 1 {
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
