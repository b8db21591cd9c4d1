import Configuration
import Layers
import Ranking
import TensorCore

/// Hierarchical information extraction network: a level that extracts what scenarios share, what is
/// their own and what others transfer to them, and a level of customized gate control for the
/// tasks.
///
///     SEI_i(x) = Σ_k softmax(x G_i)_k · f_{i,k}(x)            for every scenario i, and once for all
///     A = Σ_{i≠s} a_{s,i} · SEI_i(x),   a_s = softmax over i≠s of m(e_s) M
///     c = [A; SEI_s(x); SEI_shared(x)]
///     logit_o = tower_o(Σ_k softmax(c W_o)_k · [own experts of o(c); shared experts(c)]_k)
///
/// - s: the row's scenario, a leaf of the tree; f: sub-experts; e_s: the embedding of s; m: the
///   hidden layers of the attention; G, M, W: without bias; o: a task, or a task in a scenario on
///   the flat axis, where the experts, gates and towers of o are private to the scenario.
///
/// The attention needs the sub-experts of all scenarios for every row, and trains them with it, so
/// nothing of the first level is private to a scenario. With a single scenario there is no A, with
/// two a is 1.
///
/// Source: Zhou et al., HiNet: novel multi-scenario & multi-task learning with hierarchical
/// information extraction, ICDE 2023; the authors' released code where the text is silent.
public final class HiNet: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``HiNet``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.flat
    @Setting(
      "Sub-experts of each scenario, and of all together.", in: 1...64, search: .choice([2, 5]))
    public var subExpertCount = 5
    @Setting(
      "Layer sizes of a sub-expert.", each: 1...8192, minimumCount: 1,
      search: .choice([[64], [128, 64]]))
    public var subExpertSizes = [128, 64]
    @Setting("Columns of the scenario's embedding that the attention reads.", in: 1...512)
    public var indicatorSize = 16
    @Setting(
      "Sizes of the hidden layers of the attention; the released code has one column.",
      each: 1...8192)
    public var attentionSizes = [16]
    @Setting("Experts of each objective in the second level.", in: 1...64, search: .choice([1, 2]))
    public var specificExpertCount = 2
    @Setting("Shared experts in the second level.", in: 1...64, search: .choice([1, 2, 4]))
    public var sharedExpertCount = 2
    @Setting(
      "Layer sizes of an expert in the second level.", each: 1...8192, minimumCount: 1,
      search: .choice([[64], [128, 64]]))
    public var expertSizes = [128, 64]
    @Setting("Whether gates of sub-experts clip logits at 0, as in the released code.")
    public var clipsGates = false
    @Setting(
      "Whether the attention leaves out the own scenario only after the softmax, as in the released code."
    )
    public var masksAfterSoftmax = false
    @Setting("Whether the second level adds experts up without gates, as in the released code.")
    public var addsExperts = false
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "hinet", title: "HiNet", group: "Scenarios and tasks",
    paper: "Zhou et al., HiNet: novel multi-scenario & multi-task learning with hierarchical "
      + "information extraction, ICDE 2023",
    deviations: [
      "All mixtures have weights that sum to one. The released code computes the softmax of the second level over an axis of length one, so that experts are added up (option addsExperts), and masks the attention after its softmax (option masksAfterSoftmax).",
      "Gate logits are not clipped; the released code passes them through ReLU (option clipsGates).",
      "The attention has a hidden layer of 16 columns; the released code has one column with ReLU (attentionSizes [1]).",
      "The input has no normalization; the batch normalization of the released code never normalizes.",
      "Gates and the last layer of the attention have no bias.",
    ])

  /// A note if there are not several other scenarios.
  public var notes: [String] {
    switch leafCount {
    case 1: ["There is one scenario only, so nothing is transferred from others."]
    case 2 where !settings.masksAfterSoftmax:
      ["There are two scenarios only, so the other one has all attention."]
    default: []
    }
  }

  private let settings: Hyperparameters
  private let leafCount: Int
  private let taskCount: Int
  private let input: InputLayer
  private let subExperts: ExpertBank
  private let gateWeight: Parameter
  private let gateNames: [String]
  private let attention: ScenarioAttention?
  private let taskLevel: CustomizedGateControl
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    let leaves = problem.scenarios.leafCount
    leafCount = leaves
    taskCount = problem.tasks.count
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    let count = settings.subExpertCount
    let owners =
      [scope["scenario"]["shared"]] + (0..<leaves).map { scope["scenario"]["own"][$0] }
    subExperts = settings.towers.expertBank(
      inputSize: input.outputSize, sizes: settings.subExpertSizes,
      scopes: owners.flatMap { owner in (0..<count).map { owner[$0] } })
    gateWeight = scope["scenario"]["gates"].weight(
      shape: [input.outputSize, owners.count * count])
    gateNames = ["shared"] + problem.scenarios.leafNames
    attention =
      leaves < 2
      ? nil
      : ScenarioAttention(
        leafCount: leaves, indicatorSize: settings.indicatorSize,
        hiddenSizes: settings.attentionSizes, masksAfterSoftmax: settings.masksAfterSoftmax,
        scope: scope["attention"])
    taskLevel = CustomizedGateControl(
      inputSize: (leaves < 2 ? 2 : 3) * subExperts.outputSize, expertSizes: settings.expertSizes,
      ownCount: settings.specificExpertCount, sharedCount: settings.sharedExpertCount,
      addsExperts: settings.addsExperts, towers: settings.towers, axis: settings.axis,
      problem: problem, scope: scope["task"])
    towers = try Towers(
      settings.towers, inputSize: taskLevel.outputSize, axis: settings.axis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let extracted = mixtures(of: input(batch, in: context), in: context)
    let rowCount = Int32(batch.rowCount)
    let own = extracted.rows(
      batch.leaves.enumerated().map { (1 + $1) * rowCount + Int32($0) })
    let shared = extracted.rows(Array(0..<rowCount))
    let transferred = attention.map {
      $0(extracted, leaves: batch.leaves, in: context)
    }
    let parts = ScenarioParts(batch, axis: settings.axis, leafCount: leafCount)
    let c = parts.ordered(concatenated((transferred.map { [$0] } ?? []) + [own, shared]))
    let inputs = taskLevel(
      shared: c, own: (0..<taskCount).map { _ in c }, parts: parts, in: context)
    return towers(inputs, parts: parts, in: context)
  }

  /// Returns SEI of all scenarios together, then of each: `[(1 + leafCount) · rows, size]`.
  private func mixtures(of x: Variable, in context: ForwardContext) -> Variable {
    let (rowCount, count) = (x.shape[0], settings.subExpertCount)
    let outputs = subExperts.outputs(x, in: context)
    let logits = x.affine(
      weight: context(gateWeight), activation: settings.clipsGates ? .relu : .identity)
    let mixtureCount = 1 + leafCount
    let weights = stackedRows(
      (0..<mixtureCount).map { logits.columns($0 * count..<($0 + 1) * count) }
    ).softmax()
    context.observer?.show("scenario/gates", weights.value, gates: gateNames)
    var positions: [Int32] = []
    positions.reserveCapacity(mixtureCount * rowCount * count)
    for mixture in 0..<mixtureCount {
      for row in 0..<rowCount {
        for expert in mixture * count..<(mixture + 1) * count {
          positions.append(Int32(expert * rowCount + row))
        }
      }
    }
    return outputs.mixed(by: weights, positions: positions)
  }
}

/// The attention of a scenario to the information of the others.
private final class ScenarioAttention {
  private let leafCount: Int
  private let masksAfterSoftmax: Bool
  private let network: (indicators: EmbeddingTable, hidden: MLP, weight: Parameter)?

  init(
    leafCount: Int, indicatorSize: Int, hiddenSizes: [Int], masksAfterSoftmax: Bool,
    scope: ParameterScope
  ) {
    self.leafCount = leafCount
    self.masksAfterSoftmax = masksAfterSoftmax
    guard leafCount > 2 || masksAfterSoftmax else {
      network = nil
      return
    }
    let indicators = EmbeddingTable(
      count: leafCount, size: indicatorSize, scope: scope["indicators"])
    let hidden = MLP(inputSize: indicatorSize, sizes: hiddenSizes, scope: scope["hidden"])
    network = (indicators, hidden, scope.weight(shape: [hidden.outputSize, leafCount]))
  }

  /// Returns A for every row.
  ///
  /// - extracted: SEI of all scenarios together, then of each; leaves: the scenario of every row;
  ///   result: `[rows, size]`.
  func callAsFunction(
    _ extracted: Variable, leaves: [Int32], in context: ForwardContext
  ) -> Variable {
    let rowCount = Int32(leaves.count)
    let weights = shares(in: context).rows(leaves)
    if !masksAfterSoftmax { context.observer?.show("attention", weights.value) }
    let positions = leaves.enumerated().flatMap { row, leaf in
      (0..<Int32(leafCount)).map { other in
        other == leaf ? -1 : (1 + other) * rowCount + Int32(row)
      }
    }
    return extracted.mixed(by: weights, positions: positions)
  }

  /// Returns the share of every scenario in A of every scenario, zero for its own.
  ///
  /// - result: `[leafCount, leafCount]`, one row per scenario.
  private func shares(in context: ForwardContext) -> Variable {
    let others = (0..<leafCount * leafCount).map { cell -> UInt8 in
      cell / leafCount == cell % leafCount ? 0 : 1
    }
    let mask = Variable(Tensor(others.map(Float.init), shape: [leafCount, leafCount]))
    guard let network else { return mask }
    let all = network.indicators((0..<Int32(leafCount)).map { $0 }, in: context)
    let logits = network.hidden(all, in: context).affine(weight: context(network.weight))
    if masksAfterSoftmax { return logits.softmax() * mask }
    return logits.softmax(keeping: others)
  }
}
