import Configuration
import Layers
import Ranking
import TensorCore

/// Automatic information flow selection: what flows from shared and scenario-specific parts into
/// shared and task-specific parts is found out by gates, which can take each flow away.
///
///     z = f(x),   u_sh = z W_D + b_D,   u_sp = z A_s B_s + c_s,   u = relu(u_sh + u_sp)
///     m_t = (u W_T + b_T) + (u P_t Q_t + q_t)
///     logit_t = m_t - Σ_j g_{t,j} · flow_{t,j}
///     flow_t = [u_sh W_T + b_T; u_sp P_t Q_t + q_t; u_sh P_t Q_t + q_t; u_sp W_T + b_T]
///     a_t = h(sg(x)) G_t + d_t
///     g_t = σ(τ a_t) in the search,   g_t = 1 where a_t > 0 and 0 elsewhere afterwards
///
/// - x: `[rows, inputSize]`; s: the row's scenario, a leaf of the tree; t: a task; f, h: networks;
///   W_D: `[size, scenarioSize]`, A_s: `[size, rank]`, B_s: `[rank, scenarioSize]`, c_s private to
///   s; W_T: `[scenarioSize, 1]`, P_t: `[scenarioSize, rank]`, Q_t: `[rank, 1]`; G_t: four columns;
///   sg: stopped gradient. B and Q begin as zeros.
/// - A gate of 1 takes its flow away. Flows are formed without the ReLU of u, so they do not add up
///   to m_t.
///
/// To the loss of the search is added `gateLossWeight` · Σ_t mean of g_t over rows and flows.
///
/// A run is a search, in which τ grows from 1 to 100 by the same factor before every epoch but the
/// first of `growthEpochs`, and training with gates that are fixed, from the weights that the
/// search had when `rewindShare` of its steps were left. From then on gates read the input
/// representation as the search left it: as it was before the last step.
///
/// Source: Yang et al., AutoIFS, WSDM 2026, arXiv 2512.13396, from its released code
/// ChaohuaYang/AutoIFS.
public final class AutoIFS: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``AutoIFS``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "Layer sizes of the shared network.", each: 1...8192,
      search: .choice([[128, 64], [256, 128], [512, 256]]))
    public var bottomSizes = [256, 128]
    @Setting("Columns of the scenario layer.", in: 1...8192, search: .choice([64, 128]))
    public var scenarioSize = 64
    @Setting("Rank of scenario-specific and task-specific maps.", in: 1...256)
    public var rank = 2
    @Setting("Layer sizes of the network that gates read.", each: 1...8192)
    public var gateSizes = [128, 64]
    @Setting(
      "Share of the steps that the search for gates takes.", in: 0.01...0.99,
      search: .choice([0.2, 0.4]))
    public var searchShare = 0.4
    @Setting(
      "Share of the search that comes after the weights from which training starts.",
      in: 0.01...0.99)
    public var rewindShare = 0.25
    @Setting("Epochs in which the temperature of gates grows from 1 to 100 (τ).", in: 2...1000)
    public var growthEpochs = 4
    @Setting(
      "Weight of the mean gate in the loss of the search (λ).", in: 0...1e3,
      search: .choice([0.0, 0.001, 0.01]))
    public var gateLossWeight = 0.0
    public var input = InputHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "autoifs", title: "AutoIFS", group: "Scenarios and tasks",
    paper: "Yang et al., AutoIFS, WSDM 2026, arXiv 2512.13396",
    deviations: [
      "Written from the released code; the paper's text beyond its first page was not at hand.",
      "The search takes searchShare of the run's steps, so that all models have the same limit on training, and the weights are those before the last rewindShare of it; the released code searches for 10 epochs, rewinds to the beginning of the last, and then trains for up to 50.",
      "Gates have the learning rate and weight decay of the run, unless the specification gives their group 'gates' others; the released code trains them at a hundredth of the learning rate, without decay.",
      "The copy of the input representation for gates lacks the last step of the search.",
      "Full matrices, A and P are drawn from Glorot's uniform distribution; the released code uses its normal one.",
      "Layers have no dropout, as in the released code, and there is no setting head: the prediction is a difference of log-odds.",
    ])

  private static let (search, endOfSearch, training) = ("search", "end of the search", "training")
  private static let gateGroup = "gates"
  private static let snapshot = "before the end of the search"

  private let settings: Hyperparameters
  private let taskNames: [String]
  private let leafCount: Int
  private let input: InputLayer
  private let searchedInput: InputCopy
  private let bottom: MLP
  private let shared: LinearMap
  private let specific: LowRankMaps
  private let taskShared: LinearMap
  private let taskSpecific: [LowRankMaps]
  private let gateNetwork: MLP
  private let gates: [LinearMap]

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    taskNames = problem.tasks.map(\.name)
    leafCount = problem.scenarios.leafCount
    let gateScope = scope["gates"].group(Self.gateGroup)
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    searchedInput = InputCopy(
      settings.input, problem: problem, original: scope["input"], scope: gateScope)
    bottom = MLP(inputSize: input.outputSize, sizes: settings.bottomSizes, scope: scope["bottom"])
    let (size, width) = (bottom.outputSize, settings.scenarioSize)
    shared = LinearMap(size, width, scope: scope["scenario"]["shared"])
    specific = LowRankMaps(
      size, width, rank: settings.rank,
      scopes: ScenarioParts.scopes(
        scope["scenario"]["specific"], axis: .flat, leafCount: leafCount))
    taskShared = LinearMap(width, 1, scope: scope["task"]["shared"])
    taskSpecific = taskNames.map {
      LowRankMaps(width, 1, rank: settings.rank, scopes: [scope["task"]["specific"][$0]])
    }
    gateNetwork = MLP(
      inputSize: input.outputSize, sizes: settings.gateSizes, scope: gateScope["network"])
    gates = taskNames.map { [gateNetwork] in
      LinearMap(gateNetwork.outputSize, 4, scope: gateScope["task"][$0])
    }
  }

  /// The search and its end, then training.
  public var phases: TrainingPhases {
    let main = [Parameter.mainGroup]
    let (share, end) = (settings.searchShare, settings.rewindShare)
    return TrainingPhases(once: [
      TrainingPhase(Self.search, length: .share(share * (1 - end))),
      TrainingPhase(
        Self.endOfSearch, length: .share(share * end), beginning: [.save(Self.snapshot, main)]),
      TrainingPhase(
        Self.training, trains: main, length: .rest,
        beginning: [.rewind(to: Self.snapshot, main)]),
    ])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    if context.updatesBuffers, context.moment.phase == Self.endOfSearch { searchedInput.update() }
    let parts = ScenarioParts(batch, axis: .flat, leafCount: leafCount)
    let x = input(batch, in: context)
    let z = parts.ordered(bottom(x, in: context))
    let fromShared = shared(z, in: context)
    let fromSpecific = specific(z, segments: parts.segments, in: context)
    let u = (fromShared + fromSpecific).relu()
    let seen =
      context.moment.phase == Self.training
      ? searchedInput(batch, at: context.moment) : x.detached()
    let known = gateNetwork(parts.ordered(seen), in: context)
    let temperature = temperature(at: context.moment)
    let all = Segments(counts: [batch.rowCount])
    var penalties: [Variable] = []
    let logits = taskNames.indices.map { task in
      func own(_ x: Variable) -> Variable { taskSpecific[task](x, segments: all, in: context) }
      let flows = concatenated([
        taskShared(fromShared, in: context), own(fromSpecific),
        own(fromShared), taskShared(fromSpecific, in: context),
      ])
      let a = gates[task](known, in: context)
      let soft = (temperature * a).sigmoid()
      penalties.append(soft.mean())
      let factors = context.moment.phase == Self.training ? isPositive(a) : soft
      return taskShared(u, in: context) + own(u)
        - (factors * flows).sum(over: .columns)
    }
    let predictions = Predictions(logits: parts.restored(concatenated(logits)))
    guard context.isTraining, settings.gateLossWeight > 0,
      context.moment.phase != Self.training
    else { return predictions }
    return predictions.adding([
      .init(
        name: "gates", weight: settings.gateLossWeight,
        value: penalties.dropFirst().reduce(penalties[0], +))
    ])
  }

  /// τ.
  private func temperature(at moment: TrainingMoment) -> Float {
    let progress = min(1, moment.epoch.rounded(.down) / Double(settings.growthEpochs - 1))
    return Float((progress * Double(100).naturalLogarithm).exponential)
  }

  private func isPositive(_ a: Variable) -> Variable {
    Variable(Tensor(a.value.values.map { $0 > 0 ? 1 : 0 }, shape: a.shape))
  }
}

/// A copy of an input layer, which is stored but not trained.
private final class InputCopy {
  private let layer: InputLayer
  private var tensors: [(original: Tensor, copy: Tensor)] = []

  /// Creates the copy; under `input` are buffers in place of the original's parameters and buffers.
  init(
    _ settings: InputHyperparameters, problem: Problem, original: ParameterScope,
    scope: ParameterScope
  ) {
    let store = ParameterStore()
    layer = InputLayer(
      settings, problem: problem, scope: ParameterScope(store: store, streams: scope.streams))
    for (name, copy) in store.state {
      scope["input"].buffer(name, holding: copy)
      for (path, value) in original.store.state where path == "\(original.path)/\(name)" {
        tensors.append((value, copy))
      }
    }
  }

  /// Takes over what the original is now.
  func update() {
    for pair in tensors { pair.copy.assign(pair.original) }
  }

  /// Returns the input representation as it was when it was copied.
  func callAsFunction(_ batch: Batch, at moment: TrainingMoment) -> Variable {
    layer(batch, in: .evaluation(at: moment)).detached()
  }
}

extension ParameterStore {
  /// Parameters and buffers with their names.
  fileprivate var state: [(String, Tensor)] {
    parameters.map { ($0.name, $0.value) } + buffers.map { ($0.name, $0.value) }
  }
}

/// x W + b.
private final class LinearMap {
  private let weight: Parameter
  private let bias: Parameter

  init(_ inputs: Int, _ outputs: Int, scope: ParameterScope) {
    weight = scope.weight(shape: [inputs, outputs])
    bias = scope.parameter("bias", shape: [outputs], initializer: .zeros, decays: false)
  }

  func callAsFunction(_ x: Variable, in context: ForwardContext) -> Variable {
    x.affine(weight: context(weight), bias: context(bias))
  }
}

/// x A_e B_e + c_e for the rows of every segment e, with B and c zero at first.
private final class LowRankMaps {
  private let left: [Parameter]
  private let right: [Parameter]
  private let biases: [Parameter]

  init(_ inputs: Int, _ outputs: Int, rank: Int, scopes: [ParameterScope]) {
    left = scopes.map { $0.weight("left", shape: [inputs, rank]) }
    right = scopes.map {
      $0.parameter("right", shape: [rank, outputs], initializer: .zeros)
    }
    biases = scopes.map {
      $0.parameter("bias", shape: [outputs], initializer: .zeros, decays: false)
    }
  }

  func callAsFunction(_ x: Variable, segments: Segments, in context: ForwardContext) -> Variable {
    x.affine(segments: segments, weights: left.map { context($0) })
      .affine(
        segments: segments, weights: right.map { context($0) },
        biases: biases.map { context($0) })
  }
}
