import Configuration
import Layers
import Ranking
import TensorCore

/// Hierarchy of multi-gate experts: experts for all tasks, for groups of tasks and for single tasks,
/// on two levels.
///
///     meta level, for every group g and for all tasks together (a):
///     z_g = Σ (softmax(x W_g) + [s(x S_g); 0]) · [e_g(x); e_a(x)]
///     z_a = Σ (softmax(x W_a) + [s(x S_a); 0]) · [e_a(x); e_g(x) for all g]
///
///     task level, for every task t, of group g:
///     h_t = Σ (softmax(z_g W_t) + [s(z_g S_t); 0]) · [e_t(z_g); e'_g(z_g); e'_a(z_a)]
///     logit_t = tower_t(h_t)
///
///     an expert:  e(v) = net(v ⊙ 2σ(v A B)),   a layer of net:  y = BN(v W),  y ⊙ σ(y)
///
/// - x: `[rows, inputSize]`; e_g, e_a: `metaExpertCount` experts each; e_t, e'_g, e'_a:
///   `taskExpertCount` each; A: `[size, gateRank]` and B: `[gateRank, size]`, one pair per expert; s: a
///   softmax, or σ if there is one expert; BN: batch normalization. Gates have no bias.
///
/// A group is a task that follows no other, with the tasks that follow it, directly or through others.
/// On the flat axis, groups and tasks are private to a scenario, and z_a mixes e_a alone: a row passes
/// only through the experts of its own scenario and the shared ones, and what is normalized over the
/// rows of all scenarios depends on shared parameters only.
///
/// Source: Wang et al., HoME: hierarchy of multi-gate experts for multi-task learning at Kuaishou,
/// arXiv 2408.05430 (2024), in the form in which others restate it: no official code was found.
public final class HoME: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``HoME``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.flat
    @Setting(
      "Experts of each group, and of all, at the meta level.", in: 1...64,
      search: .choice([1, 2, 4]))
    public var metaExpertCount = 2
    @Setting(
      "Experts of each task, of its group and of all, at the task level.", in: 1...64,
      search: .choice([1, 2]))
    public var taskExpertCount = 2
    @Setting(
      "Layer sizes of an expert of the meta level.", each: 1...8192, minimumCount: 1,
      search: .choice([[64], [128], [128, 64]]))
    public var metaSizes = [128]
    @Setting(
      "Layer sizes of an expert of the task level.", each: 1...8192, minimumCount: 1,
      search: .choice([[32], [64], [128]]))
    public var expertSizes = [64]
    @Setting(
      "Columns between the two matrices of a feature gate.", in: 1...1024,
      search: .choice([4, 8, 16]))
    public var gateRank = 8
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "home", title: "HoME", group: "Shared and gated",
    paper: "Wang et al., HoME: hierarchy of multi-gate experts for multi-task learning at "
      + "Kuaishou, arXiv 2408.05430, 2024",
    deviations: [
      "Groups are chains of tasks (a task that follows no other, with its followers), within a scenario on the flat axis; the paper groups the tasks of its platform by hand.",
      "On the flat axis, the shared mixture of the meta level reads the shared experts alone, not those of the groups, which are private to a scenario.",
      "Feature gates exist for every expert of both levels, self-gates for groups, all tasks and single tasks; gates are linear, without bias, and read what the experts of the group or task read.",
      "Experts have batch normalization and Swish whatever activation and batchNorm say, which apply to towers.",
      "Sizes and numbers of experts are ours.",
    ])

  private let axis: ScenarioAxis
  private let leafCount: Int
  private let groupOfTask: [Int]
  private let input: InputLayer
  private let metaGroups: [NormalizedExperts]
  private let metaShared: NormalizedExperts
  private let metaMixtures: [ResidualMixture]
  private let sharedMixture: ResidualMixture
  private let sharedReadsGroups: Bool
  private let taskExperts: [NormalizedExperts]
  private let taskGroups: [NormalizedExperts]
  private let taskShared: NormalizedExperts
  private let taskMixtures: [ResidualMixture]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    axis = settings.axis
    let leafCount = problem.scenarios.leafCount
    self.leafCount = leafCount
    let chains = try TaskChains(problem.tasks)
    let leaders = problem.tasks.indices.filter { chains.followed[$0] == nil }
    groupOfTask = problem.tasks.indices.map { task in
      var leader = task
      while let followed = chains.followed[leader] { leader = followed }
      return leaders.firstIndex(of: leader) ?? 0
    }
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    let (metaCount, taskCount) = (settings.metaExpertCount, settings.taskExpertCount)
    let inputSize = input.outputSize
    let metaSize = settings.metaSizes.last ?? inputSize
    let (meta, task) = (scope["meta"], scope["task"])
    let leaderNames = leaders.map { problem.tasks[$0].name }
    func parts(_ scope: ParameterScope) -> [ParameterScope] {
      ScenarioParts.scopes(scope, axis: settings.axis, leafCount: leafCount)
    }
    func experts(
      _ count: Int, inputSize: Int, sizes: [Int], _ scopes: [ParameterScope]
    ) -> NormalizedExperts {
      NormalizedExperts(
        inputSize: inputSize, sizes: sizes, rank: settings.gateRank,
        dropout: settings.towers.dropout, count: count, scopes: scopes)
    }
    func mixture(
      _ banks: [ExpertSet], inputSize: Int, _ gates: [ParameterScope], _ selfGates: [ParameterScope]
    ) -> ResidualMixture {
      ResidualMixture(banks, inputSize: inputSize, gates: gates, selfGates: selfGates)
    }
    metaGroups = leaderNames.map {
      experts(metaCount, inputSize: inputSize, sizes: settings.metaSizes, parts(meta["groups"][$0]))
    }
    metaShared = experts(
      metaCount, inputSize: inputSize, sizes: settings.metaSizes, [meta["shared"]])
    metaMixtures = leaderNames.map {
      mixture(
        [.own(metaCount), .shared(metaCount)], inputSize: inputSize, parts(meta["gates"][$0]),
        parts(meta["selfGates"][$0]))
    }
    sharedReadsGroups = axis == .task || leafCount == 1
    sharedMixture = mixture(
      [.shared(metaCount)] + (sharedReadsGroups ? leaders.map { _ in .shared(metaCount) } : []),
      inputSize: inputSize, [meta["sharedGate"]], [meta["sharedSelfGate"]])
    taskExperts = problem.tasks.map {
      experts(
        taskCount, inputSize: metaSize, sizes: settings.expertSizes,
        parts(task["specific"][$0.name]))
    }
    taskGroups = leaderNames.map {
      experts(
        taskCount, inputSize: metaSize, sizes: settings.expertSizes, parts(task["groups"][$0]))
    }
    taskShared = experts(
      taskCount, inputSize: metaSize, sizes: settings.expertSizes, [task["shared"]])
    taskMixtures = problem.tasks.map {
      mixture(
        [.own(taskCount), .own(taskCount), .shared(taskCount)], inputSize: metaSize,
        parts(task["gates"][$0.name]), parts(task["selfGates"][$0.name]))
    }
    towers = try Towers(
      settings.towers, inputSize: settings.expertSizes.last ?? metaSize, axis: axis,
      problem: problem, scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: axis, leafCount: leafCount)
    let x = parts.ordered(input(batch, in: context))
    let groups = metaGroups.map { $0(x, parts: parts, in: context) }
    let shared = metaShared(x, parts: parts, in: context)
    let groupStates = zip(groups, metaMixtures).map {
      $1([$0, shared], by: x, parts: parts, in: context)
    }
    let sharedState = sharedMixture(
      [shared] + (sharedReadsGroups ? groups : []), by: x, parts: parts, in: context)

    let local = zip(groupStates, taskGroups).map { $1($0, parts: parts, in: context) }
    let sharedLocal = taskShared(sharedState, parts: parts, in: context)
    let states = groupOfTask.enumerated().map { task, group in
      let own = taskExperts[task](groupStates[group], parts: parts, in: context)
      return taskMixtures[task](
        [own, local[group], sharedLocal], by: groupStates[group], parts: parts, in: context)
    }
    return towers(states, parts: parts, in: context)
  }
}

/// Experts with a feature gate each, batch normalization and Swish.
private final class NormalizedExperts {
  private let count: Int
  private let isPrivate: Bool
  private let left: [Parameter]
  private let right: [Parameter]
  private let layers: [MLPBank]
  private let dropout: Double
  private let path: String

  /// scopes: one per part, or a single one for experts that all rows pass through.
  init(
    inputSize: Int, sizes: [Int], rank: Int, dropout: Double, count: Int, scopes: [ParameterScope]
  ) {
    self.count = count
    self.dropout = dropout
    isPrivate = scopes.count > 1
    path = ParameterScope.commonPath(of: scopes)
    let scopes = scopes.flatMap { scope in (0..<count).map { scope[$0] } }
    left = scopes.map { $0["gate"].weight("left", shape: [inputSize, rank]) }
    right = scopes.map { $0["gate"].weight("right", shape: [rank, inputSize]) }
    layers = zip([inputSize] + sizes, sizes).enumerated().map { depth, size in
      MLPBank(
        inputSize: size.0, sizes: [size.1], activation: .identity, normalizes: true,
        scopes: scopes.map { $0[depth] })
    }
  }

  /// x: `[rows, inputSize]`, rows ordered by part; result: the outputs of all experts, stacked.
  func callAsFunction(
    _ x: Variable, parts: ScenarioParts, in context: ForwardContext
  ) -> Variable {
    var segments =
      isPrivate
      ? parts.segments(ownExperts: count) : Segments.all(rowCount: x.shape[0], count: count)
    let gate = x.affine(segments: segments, weights: left.map { context($0) })
      .affine(
        segments: segments.following, weights: right.map { context($0) }, activation: .sigmoid)
    var h = x.rows(segments.input.flatMap { $0.map(Int32.init) }, times: gate, scale: 2)
    for layer in layers {
      segments = segments.following
      h = layer(h, segments: segments, in: context)
      h = h.swish()
      if context.isTraining, dropout > 0 {
        h = h.dropout(rate: Float(dropout), using: context.stream("dropout"))
      }
    }
    context.observer?.show(outputs: h.value, of: path)
    return h
  }
}

/// A mixture of experts by a gate, to which the first of them are added again by a gate of their own.
private final class ResidualMixture {
  private let banks: [ExpertSet]
  private let gate: SoftmaxGates
  private let selfWeights: [Parameter]
  private let path: String

  init(
    _ banks: [ExpertSet], inputSize: Int, gates: [ParameterScope], selfGates: [ParameterScope]
  ) {
    self.banks = banks
    gate = SoftmaxGates(
      inputSize: inputSize, gateCount: 1, expertCount: banks.reduce(0) { $0 + $1.count },
      scopes: gates)
    selfWeights = selfGates.map { $0.weight(shape: [inputSize, banks[0].count]) }
    path = ParameterScope.commonPath(of: selfGates)
  }

  /// outputs: of every bank; x: what the gates read, rows ordered by part.
  func callAsFunction(
    _ outputs: [Variable], by x: Variable, parts: ScenarioParts, in context: ForwardContext
  ) -> Variable {
    let weights = gate(x, segments: parts.segments, in: context)[0]
    let scores = x.affine(
      segments: selfWeights.count == 1 ? Segments(counts: [x.shape[0]]) : parts.segments,
      weights: selfWeights.map { context($0) })
    let own = banks[0].count == 1 ? scores.sigmoid() : scores.softmax()
    if banks[0].count > 1 { context.observer?.show(path, own.value) }
    let others = weights.shape[1] - banks[0].count
    let residual = concatenated([own, Variable(Tensor(zeros: [x.shape[0], others]))])
    return stackedRows(outputs).mixed(
      by: weights + residual, positions: parts.positions(of: banks))
  }
}
