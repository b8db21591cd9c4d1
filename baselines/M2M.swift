import Configuration
import Layers
import Ranking
import TensorCore

/// Multi-scenario multi-task meta learning, without behavior sequences: the weights that mix
/// experts and those of towers are generated from knowledge of the scenario.
///
///     z = m(u),   u = [e_s; x],   V_i = f_i(x),   T_t = q(e_t)
///     R_t = Σ_i α_{t,i} V_i,   α_t = softmax over i of φ(Meta([V_i; T_t])) · v
///     L_{t,0} = R_t,   L_{t,j+1} = φ(Meta_{t,j}(L_{t,j}) + L_{t,j}),   logit_o = tower_o(L_{t,J})
///     Meta(h) = (h U) S(z) W + b + z B,   S(z) = z C + c as a matrix [rank, rank]
///
/// - x: `[rows, inputSize]`; e_s: the embedding of the row's scenario, a leaf of the tree; t: a
///   task, e_t its embedding; m, f_i, q: networks; v: `[2 · size]`; φ: ReLU with slope 0.01 below
///   zero; every Meta has its own U, W, B, b, C, c; S begins near the identity. o: t, or t in a
///   scenario on the flat axis, where the towers alone are private.
///
/// Source: Zhang et al., Leaving no one behind: a multi-scenario multi-task meta learning approach
/// for advertiser modeling, WSDM 2022.
public final class M2M: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``M2M``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.task
    @Setting("Experts that all tasks share.", in: 1...64, search: .choice([4, 8]))
    public var expertCount = 4
    @Setting(
      "Layer sizes of an expert; the view of a task has the last.", each: 1...8192,
      minimumCount: 1, search: .choice([[64], [128, 64]]))
    public var expertSizes = [64]
    @Setting(
      "Layer sizes of the network that forms the knowledge of a scenario.", each: 1...8192,
      minimumCount: 1, search: .choice([[16], [64, 32]]))
    public var knowledgeSizes = [64, 16]
    @Setting("Generated layers of every task's tower.", in: 0...8, search: .choice([1, 2]))
    public var metaLayerCount = 2
    @Setting("Rank of generated weights.", in: 1...256, search: .choice([4, 8, 16]))
    public var rank = 8
    @Setting("Columns of the embeddings of scenarios and tasks.", in: 1...512)
    public var indicatorSize = 16
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "m2m", title: "M2M (without sequences)", group: "Scenarios",
    paper:
      "Zhang et al., Leaving no one behind: a multi-scenario multi-task meta learning approach "
      + "for advertiser modeling, WSDM 2022",
    deviations: [
      "Experts read the input representation; the paper's transformer over behaviors is left out, since rows have no sequences.",
      "Knowledge of the scenario is formed from its embedding and the whole input; the paper takes the profiles of scenario and advertiser.",
      "Generated matrices have the low-rank form U S(z) W (setting rank), so that no matrix of a row is formed; the paper generates all elements.",
      "Above the generated layers, every task has one of the towers of all models; with towerSizes [] it is the paper's linear map.",
    ])

  private let settings: Hyperparameters
  private let problem: Problem
  private let input: InputLayer
  private let scenarios: EmbeddingTable
  private let tasks: EmbeddingTable
  private let knowledge: MLP
  private let experts: ExpertBank
  private let taskView: MLP
  private let attention: GeneratedAffine
  private let attentionVector: Parameter
  private let metaLayers: [[GeneratedAffine]]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    self.problem = problem
    let leafCount = problem.scenarios.leafCount
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    let indicatorSize = settings.indicatorSize
    scenarios = EmbeddingTable(
      count: leafCount, size: indicatorSize, scope: scope["indicators"]["scenario"])
    tasks = EmbeddingTable(
      count: problem.tasks.count, size: indicatorSize, scope: scope["indicators"]["task"])
    knowledge = settings.towers.mlp(
      inputSize: indicatorSize + input.outputSize, sizes: settings.knowledgeSizes,
      scope: scope["knowledge"])
    experts = settings.towers.expertBank(
      inputSize: input.outputSize, sizes: settings.expertSizes,
      scopes: (0..<settings.expertCount).map { scope["experts"][$0] })
    let size = experts.outputSize
    taskView = MLP(
      inputSize: indicatorSize, sizes: [size], activation: settings.towers.activation,
      scope: scope["taskView"])
    let conditionSize = knowledge.outputSize
    func unit(_ size: Int, _ scope: ParameterScope) -> GeneratedAffine {
      GeneratedAffine(
        inputSize: size, outputSize: size, conditionSize: conditionSize, rank: settings.rank,
        generatesBias: true, scope: scope)
    }
    attention = unit(2 * size, scope["attention"]["meta"])
    attentionVector = scope["attention"].weight(shape: [2 * size, 1])
    metaLayers = problem.tasks.map { task in
      (0..<settings.metaLayerCount).map { unit(size, scope["meta"][task.name][$0]) }
    }
    towers = try Towers(
      settings.towers, inputSize: size, axis: settings.axis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(
      batch, axis: settings.axis, leafCount: problem.scenarios.leafCount)
    let x = parts.ordered(input(batch, in: context))
    let indicator = parts.ordered(scenarios(batch.leaves, in: context))
    let z = knowledge(concatenated([indicator, x]), in: context)
    let outputs = experts.outputs(x, in: context)
    let asked = attention.generated(from: z, in: context)
    let inputs = problem.tasks.indices.map { task in
      let weights = mixtureWeights(outputs, task: task, asked, in: context)
      let mixture = outputs.mixed(
        by: weights,
        positions: Routing(denseOver: batch.rowCount, expertCount: experts.expertCount).positions)
      return metaLayers[task].reduce(mixture) { h, unit in
        (unit(h, condition: z, in: context) + h).activated(by: .leakyReLU)
      }
    }
    return towers(inputs, parts: parts, in: context)
  }

  /// Returns α of a task: `[rows, expertCount]`.
  private func mixtureWeights(
    _ outputs: Variable, task: Int, _ asked: GeneratedAffine.Generated, in context: ForwardContext
  ) -> Variable {
    let rowCount = outputs.shape[0] / experts.expertCount
    let ids = [Int32](repeating: Int32(task), count: rowCount)
    let view = taskView(tasks(ids, in: context), in: context)
    let logits = (0..<experts.expertCount).map { expert in
      let rows = Int32(expert * rowCount)..<Int32((expert + 1) * rowCount)
      let pair = concatenated([outputs.rows(Array(rows)), view])
      return attention(pair, asked, in: context).activated(by: .leakyReLU)
        .affine(weight: context(attentionVector))
    }
    let weights = concatenated(logits).softmax()
    context.observer?.show("attention/\(problem.tasks[task].name)", weights.value)
    return weights
  }
}
