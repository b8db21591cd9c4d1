import Configuration
import Layers
import Ranking
import TensorCore

/// Multi-domain multi-task mixture of experts: shared experts, one expert per scenario and one per
/// task, combined with learned weights.
///
///     h = u(x) + v(x),   u(x) = relu(LN(((W ⊙ W_s)ᵀ x + b + b_s) U + c)),   v(x) = relu(LN(x V + d))
///     M = Σ_k softmax(sg(h) G_{s,t})_k · f_k(h)
///     D = β_D f_s(h) + (1 - β_D) / (S - 1) · Σ_{j≠s} f_j(h)
///     K = β_K f_t(h) + (1 - β_K) / (T - 1) · Σ_{j≠t} f_j(h)
///     logit_{s,t} = tower_{s,t}(M + α_D D + α_K K)
///
/// - x: `[rows, inputSize]`; s: the row's scenario, one of the S leaves of the tree; t: one of T
///   tasks; LN: layer normalization; W, b: shared, W_s, b_s: private to s; f_k: shared experts,
///   f_s, f_j over scenarios: experts of scenarios, f_t, f_j over tasks: experts of tasks, all of
///   them layers relu(LN(h W + b)); G: without bias; sg: stopped gradient.
/// - α_D, α_K, β_D, β_K: each σ of a number that all cells share.
///
/// The gate and the tower of a cell are private to its scenario. D needs the experts of all
/// scenarios for every row, and rows train them all. With one scenario D = f_s(h), with one task K
/// = f_t(h), without β. With more than two representationSizes, u has more layers relu(LN(…)).
///
/// An epoch of training of everything but α and β alternates with some steps of α and β.
///
/// Source: Zhang et al., M³oE: multi-domain multi-task mixture-of-experts recommendation framework,
/// SIGIR 2024; the authors' released code where the text is silent.
public final class M3oE: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``M3oE``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "Columns after the map with factors of the scenario, and after every layer that follows.",
      each: 1...8192, minimumCount: 2, search: .choice([[128, 64], [256, 128]]))
    public var representationSizes = [256, 128]
    @Setting("Experts that all cells share.", in: 1...256, search: .choice([1, 4]))
    public var expertCount = 4
    @Setting(
      "Layer sizes of an expert.", each: 1...8192, minimumCount: 1,
      search: .choice([[64], [128, 64]]))
    public var expertSizes = [64]
    @Setting(
      "Logit of α and β at the beginning; 1, as in the released script, is a weight of 0.731.",
      in: -20...20)
    public var initialLogit = 1.0
    @Setting("Whether α and β are trained in turns with the rest, instead of together.")
    public var alternates = true
    @Setting("Steps of α and β after every epoch of the rest.", in: 1...1000)
    public var balanceSteps = 1
    @Setting(
      "Share of the training rows that only α and β are trained on; 0 trains both on all rows.",
      in: 0...0.9)
    public var balanceRows = 0.0
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "m3oe", title: "M³oE", group: "Scenarios and tasks",
    paper: "Zhang et al., M³oE: multi-domain multi-task mixture-of-experts recommendation "
      + "framework, SIGIR 2024",
    deviations: [
      "Equation 7 prints the weight of the experts of scenarios beside those of tasks, and the other way round; they are paired by name, as in the released code.",
      "α and β are trained on batches of training rows, as in the released code; the paper's second level of optimization has rows of its own (option balanceRows).",
      "The released code also trains α and β with the other weights, by an error in its list of parameters (option alternates false).",
      "W_s begins as ones, without weight decay, so that the first map is that of the shared weights; the released code draws both factors from Glorot's distribution.",
      "Towers are those of all models, without layer normalization; gates have no bias.",
    ])

  /// Notes on mechanisms that are off.
  public var notes: [String] {
    var notes: [String] = []
    if leafCount == 1 {
      notes.append("There is one scenario only, so its expert is not mixed with others.")
    }
    if problem.tasks.count == 1 {
      notes.append("There is one task only, so its expert is not mixed with others.")
    }
    return notes
  }

  private static let balanceGroup = "balance"

  private let settings: Hyperparameters
  private let problem: Problem
  private let leafCount: Int
  private let input: InputLayer
  private let representation: StarRepresentation
  private let sharedExperts: NormalizedNetworks
  private let scenarioExperts: NormalizedNetworks
  private let taskExperts: NormalizedNetworks
  private let gates: SoftmaxGates
  private let scenarioBalance: Balance
  private let taskBalance: Balance
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    self.problem = problem
    leafCount = problem.scenarios.leafCount
    let (leaves, tasks) = (problem.scenarios.leafCount, problem.tasks)
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    representation = StarRepresentation(
      inputSize: input.outputSize, sizes: settings.representationSizes, leafCount: leaves,
      scope: scope["representation"])
    let size = representation.outputSize
    func experts(_ scopes: [ParameterScope]) -> NormalizedNetworks {
      NormalizedNetworks(
        inputSize: size, sizes: settings.expertSizes, dropout: settings.towers.dropout,
        scopes: scopes)
    }
    sharedExperts = experts((0..<settings.expertCount).map { scope["experts"]["shared"][$0] })
    scenarioExperts = experts((0..<leaves).map { scope["experts"]["scenario"][$0] })
    taskExperts = experts(tasks.map { scope["experts"]["task"][$0.name] })
    gates = SoftmaxGates(
      inputSize: size, gateCount: tasks.count, names: tasks.map(\.name),
      expertCount: settings.expertCount,
      scopes: ScenarioParts.scopes(scope["gates"], axis: .flat, leafCount: leaves))
    let balance = scope["balance"].group(Self.balanceGroup)
    scenarioBalance = Balance(
      count: leaves, initialLogit: settings.initialLogit, scope: balance["scenario"])
    taskBalance = Balance(
      count: tasks.count, initialLogit: settings.initialLogit, scope: balance["task"])
    towers = try Towers(
      settings.towers, inputSize: sharedExperts.outputSize, axis: .flat, problem: problem,
      scope: scope["towers"])
  }

  /// Epochs of weights and steps of α and β in turns.
  public var phases: TrainingPhases {
    guard settings.alternates else { return .single }
    let share = settings.balanceRows
    return TrainingPhases(alternating: [
      TrainingPhase(
        "weights", trains: [Parameter.mainGroup], rows: 0..<1 - share, length: .epochs(1)),
      TrainingPhase(
        "balance", trains: [Self.balanceGroup], rows: share > 0 ? 1 - share..<1 : 0..<1,
        length: .steps(settings.balanceSteps)),
    ])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: .flat, leafCount: leafCount)
    let h = representation(
      parts.ordered(input(batch, in: context)), segments: parts.segments, in: context)
    let own = parts.segments.output.enumerated().flatMap { leaf, rows in
      rows.map { _ in Int32(leaf) }
    }
    let ofScenario = scenarioBalance(scenarioExperts(h, in: context), own: own, in: context)
    let taskOutputs = taskExperts(h, in: context)
    let sharedOutputs = sharedExperts(h, in: context)
    let everyExpert = Routing(denseOver: own.count, expertCount: settings.expertCount).positions
    let weights = gates(h.detached(), segments: parts.segments, in: context)
    let inputs = problem.tasks.indices.map { task in
      let tasks = own.map { _ in Int32(task) }
      return sharedOutputs.mixed(by: weights[task], positions: everyExpert) + ofScenario
        + taskBalance(taskOutputs, own: tasks, as: problem.tasks[task].name, in: context)
    }
    return towers(inputs, parts: parts, in: context)
  }
}

/// α and β of one axis: how much its experts add, and how much of that is the own one's.
private final class Balance {
  private let count: Int
  private let amount: Parameter
  private let ownShare: Parameter?

  init(count: Int, initialLogit: Double, scope: ParameterScope) {
    self.count = count
    func number(_ name: String) -> Parameter {
      scope.parameter(
        name, shape: [1], initializer: .constant(Float(initialLogit)), decays: false)
    }
    amount = number("amount")
    ownShare = count > 1 ? number("ownShare") : nil
  }

  /// Returns α times the mixture of experts: `[rows, size]`.
  ///
  /// - outputs: `[count · rows, size]`, sorted by expert; own: the own expert of every row.
  func callAsFunction(
    _ outputs: Variable, own: [Int32], as label: String = "", in context: ForwardContext
  ) -> Variable {
    let positions = Routing(denseOver: own.count, expertCount: count).positions
    return context(amount).sigmoid()
      * outputs.mixed(by: shares(of: own, as: label, in: context), positions: positions)
  }

  /// Returns the weights of all experts for every row: `[rows, count]`.
  private func shares(of own: [Int32], as label: String, in context: ForwardContext) -> Variable {
    let isOwn = Variable(
      Tensor(
        own.flatMap { own in (0..<Int32(count)).map { Float($0 == own ? 1 : 0) } },
        shape: [own.count, count]))
    guard let ownShare else { return isOwn }
    let beta = context(ownShare).sigmoid()
    let shares = isOwn * beta + (1 - isOwn) * ((1 - beta) / Float(count - 1))
    context.observer?.show(ownShare.name, shares.value, gates: label.isEmpty ? [] : [label])
    return shares
  }
}

/// The representation that experts read: a map with factors of the scenario and layers above it,
/// beside a layer that skips both.
private final class StarRepresentation {
  var outputSize: Int { skip.outputSize }

  private let weight: Parameter
  private let bias: Parameter
  private let ownWeights: [Parameter]
  private let ownBiases: [Parameter]
  private let layers: NormalizedNetworks
  private let skip: NormalizedNetworks

  init(inputSize: Int, sizes: [Int], leafCount: Int, scope: ParameterScope) {
    let (width, size) = (sizes[0], sizes[sizes.count - 1])
    let own = ScenarioParts.scopes(scope["star"]["own"], axis: .flat, leafCount: leafCount)
    func bias(_ scope: ParameterScope) -> Parameter {
      scope.parameter("bias", shape: [width], initializer: .zeros, decays: false)
    }
    weight = scope["star"].weight(shape: [inputSize, width])
    self.bias = bias(scope["star"])
    ownWeights = own.map {
      $0.parameter("weight", shape: [inputSize, width], initializer: .ones, decays: false)
    }
    ownBiases = own.map(bias)
    layers = NormalizedNetworks(
      inputSize: width, sizes: Array(sizes.dropFirst()), dropout: 0, scopes: [scope["layers"]])
    skip = NormalizedNetworks(
      inputSize: inputSize, sizes: [size], dropout: 0, scopes: [scope["skip"]])
  }

  /// x: `[rows, inputSize]`, with the rows of each scenario contiguous.
  func callAsFunction(_ x: Variable, segments: Segments, in context: ForwardContext) -> Variable {
    let (weight, bias) = (context(weight), context(bias))
    let star = x.affine(
      segments: segments, weights: ownWeights.map { weight * context($0) },
      biases: ownBiases.map { bias + context($0) })
    return layers(star, in: context) + skip(x, in: context)
  }
}

/// Networks of layers relu(LN(x W + b)), all of which read the same rows.
private final class NormalizedNetworks {
  let outputSize: Int

  private struct Layer {
    let weights: [Parameter]
    let biases: [Parameter]
    let norm: LayerNormBank
  }

  private let layers: [Layer]
  private let count: Int
  private let dropout: Double
  private let path: String
  private let bankPath: String

  init(inputSize: Int, sizes: [Int], dropout: Double, scopes: [ParameterScope]) {
    layers = zip([inputSize] + sizes, sizes).enumerated().map { depth, size in
      let places = scopes.map { $0["layer\(depth)"] }
      return Layer(
        weights: places.map { $0.weight(shape: [size.0, size.1]) },
        biases: places.map {
          $0.parameter("bias", shape: [size.1], initializer: .zeros, decays: false)
        },
        norm: LayerNormBank(size: size.1, scopes: places.map { $0["norm"] }))
    }
    outputSize = sizes[sizes.count - 1]
    count = scopes.count
    self.dropout = dropout
    path = scopes[0].path
    bankPath = ParameterScope.commonPath(of: scopes)
  }

  /// x: `[rows, inputSize]`; result: `[networks · rows, outputSize]`, sorted by network.
  func callAsFunction(_ x: Variable, in context: ForwardContext) -> Variable {
    var segments = Segments.all(rowCount: x.shape[0], count: count)
    let outputs = layers.reduce(x) { h, layer in
      let sums = h.affine(
        segments: segments, weights: layer.weights.map { context($0) },
        biases: layer.biases.map { context($0) })
      segments = segments.following
      let y = layer.norm(sums, segments: segments.output, activation: .relu, in: context)
      guard context.isTraining, dropout > 0 else { return y }
      return y.dropout(rate: Float(dropout), using: context.stream("dropout/\(path)"))
    }
    if count > 1 { context.observer?.show(outputs: outputs.value, of: bankPath) }
    return outputs
  }
}
