import Configuration
import Layers
import Ranking
import TensorCore

/// Hybrid of implicit and explicit mixture of experts: an MMoE with one prediction per scenario,
/// and a mixture of the predictions of all scenarios in label space.
///
///     S_{t,j}(x) = σ(tower_{t,j}(Σ_i g_{t,j}(x)_i · f_i(x)))        for every scenario j
///     H_t(x) = W_t(x)_s · S_{t,s}(x) + Σ_{j≠s} W_t(x)_j · sg(S_{t,j}(x)),   logit_t = logit(H_t)
///     g_{t,j}(x) = softmax(h(x) G_{t,j} + c_{t,j}),   W_t(x) = softmax(h'(x) M_t + m_t)
///
/// - s: the row's scenario, a leaf of the tree; t: a task; f_i: experts that all rows share; h, h':
///   hidden layers of the gates with ReLU, those of g_{t,j} private to t and j, those of W_t to t;
///   sg: stopped gradient. H is computed from log-odds, so no probability is rounded to 0 or 1.
///
/// The gradient of a row reaches the experts, the gate and the tower of its own scenario through
/// S_{t,s} alone, and W_t through all predictions. The gates and towers of other scenarios are
/// computed without dropout, as in evaluation; towers have no batch normalization.
///
/// The mechanism needs the predictions of all scenarios for every row: gates and towers are
/// computed S times, experts once.
///
/// Source: Li et al., Improving multi-scenario learning to rank in e-commerce by exploiting task
/// relationships in the label space, CIKM 2020.
public final class HMoE: RankingModel {
  /// How the predictions of other scenarios take part in training.
  public enum Transfer: String, ConfigurationChoice {
    /// As constants, so that a scenario's parameters learn from its own rows alone.
    case stopGradient = "stop-gradient"
    /// With gradient, so that rows train the parameters of all scenarios.
    case gradient
    /// First the predictions of scenarios are trained by themselves, and rows have that of their own
    /// scenario; then only the mixture is trained.
    case twoStage = "two-stage"
  }

  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``HMoE``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting("Experts that all scenarios share.", in: 1...256, search: .choice([4, 8]))
    public var expertCount = 5
    @Setting(
      "Layer sizes of an expert.", each: 1...8192, minimumCount: 1,
      search: .choice([[64], [128], [128, 64]]))
    public var expertSizes = [128]
    @Setting("Sizes of the hidden layers of all gates.", each: 1...8192)
    public var gateSizes = [64]
    @Setting("Sizes of the hidden layers of each scenario's towers.", each: 1...8192)
    public var towerSizes = [64, 32]
    @Setting(
      "How the predictions of other scenarios take part in training.",
      search: .choice([.stopGradient, .twoStage]))
    public var transfer = Transfer.stopGradient
    @Setting("Share of the steps that the first stage takes, for two-stage.", in: 0.01...0.99)
    public var firstStageShare = 0.5
    @Setting("Activation of the hidden layers of experts and towers.")
    public var activation = Activation.relu
    @Setting(
      "Share of elements zeroed in training after every hidden layer of experts and towers.",
      in: 0...0.95, search: .choice([0.0, 0.1, 0.2, 0.3]))
    public var dropout = 0.0
    @Setting("Whether experts have batch normalization before the activation.")
    public var batchNorm = false
    public var input = InputHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "hmoe", title: "HMoE", group: "Scenarios",
    paper: "Li et al., Improving multi-scenario learning to rank in e-commerce by exploiting task "
      + "relationships in the label space, CIKM 2020",
    deviations: [
      "All tasks are trained together: they share the experts and have gates, towers and mixtures of their own; the paper trains one model for clicks and one for purchases and ranks by the product.",
      "What is mixed are probabilities; the paper does not say whether predictions are probabilities or scores.",
      "Towers of other scenarios are computed without dropout, also in training.",
      "Of the two-stage variant, the paper does not give the length of the stages; the first takes firstStageShare of the steps.",
      "There is no setting head: the label space takes its place.",
    ])

  /// A note if there is nothing to mix.
  public var notes: [String] {
    mixing == nil
      ? ["There is one scenario only, so predictions are not mixed: the model is an MMoE."] : []
  }

  private static let (firstStage, secondStage) = ("scenarios", "mixture")
  private static let mixtureGroup = "mixture"

  private let settings: Hyperparameters
  private let problem: Problem
  private let leafCount: Int
  private let input: InputLayer
  private let experts: ExpertBank
  private let gates: [SoftmaxGates]
  private let towers: [TowerBank]
  private let mixing: [MixingGate]?

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    self.problem = problem
    let leaves = problem.scenarios.leafCount
    leafCount = leaves
    let input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    self.input = input
    experts = ExpertBank(
      inputSize: input.outputSize, sizes: settings.expertSizes, activation: settings.activation,
      norm: settings.batchNorm ? .dense : .none, dropoutRate: settings.dropout,
      scopes: (0..<settings.expertCount).map { scope["experts"][$0] })
    func own(_ scope: ParameterScope) -> [ParameterScope] {
      let scopes = ScenarioParts.scopes(scope, axis: .flat, leafCount: leaves)
      guard settings.transfer == .gradient, leaves > 1 else { return scopes }
      return (0..<leaves).map { scope["scenario"][$0] }
    }
    gates = problem.tasks.map { task in
      SoftmaxGates(
        inputSize: input.outputSize, gateCount: 1, expertCount: settings.expertCount,
        hiddenSizes: settings.gateSizes, hasBias: true, scopes: own(scope["gates"][task.name]))
    }
    let representationSize = experts.outputSize
    towers = problem.tasks.map { task in
      TowerBank(
        inputSize: representationSize, sizes: settings.towerSizes,
        activation: settings.activation, dropoutRate: settings.dropout,
        scopes: own(scope["towers"][task.name]))
    }
    mixing =
      leaves < 2
      ? nil
      : problem.tasks.map { task in
        MixingGate(
          inputSize: input.outputSize, hiddenSizes: settings.gateSizes, count: leaves,
          scope: scope["mixture"][task.name].group(Self.mixtureGroup))
      }
  }

  /// One phase; two for the two-stage variant.
  public var phases: TrainingPhases {
    guard settings.transfer == .twoStage, mixing != nil else { return .single }
    return TrainingPhases(once: [
      TrainingPhase(
        Self.firstStage, trains: [Parameter.mainGroup], length: .share(settings.firstStageShare)),
      TrainingPhase(Self.secondStage, trains: [Self.mixtureGroup], length: .rest),
    ])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: .flat, leafCount: leafCount)
    let x = parts.ordered(input(batch, in: context))
    let outputs = experts.outputs(x, in: context)
    let own = problem.tasks.indices.map { task in
      let mixture = mixture(outputs, by: gates[task](x, segments: parts.segments, in: context)[0])
      return towers[task](mixture, segments: parts.segments, in: context)
    }
    guard let mixing, context.moment.phase != Self.firstStage else {
      return Predictions(logits: parts.restored(concatenated(own)))
    }
    let isConstant = settings.transfer != .gradient
    let asides = ForwardContext.evaluation(
      at: context.moment, tape: isConstant ? nil : context.tape)
    let (seen, seenOutputs) = isConstant ? (x.detached(), outputs.detached()) : (x, outputs)
    let isOwn = ownScenarios(parts)
    let mixed = problem.tasks.indices.map { task in
      let others = predictions(of: task, seen, seenOutputs, in: asides)
      return logit(
        ofMixture: others * (1 - isOwn) + own[task] * isOwn,
        logWeights: mixing[task](x, in: context))
    }
    return Predictions(logits: parts.restored(concatenated(mixed)))
  }

  /// Returns the mixture of experts of every row: `[rows, expertSize]`.
  private func mixture(_ outputs: Variable, by weights: Variable) -> Variable {
    outputs.mixed(
      by: weights,
      positions: Routing(denseOver: weights.shape[0], expertCount: experts.expertCount).positions)
  }

  /// Returns the log-odds that all scenarios give every row: `[rows, scenarios]`.
  private func predictions(
    of task: Int, _ x: Variable, _ outputs: Variable, in context: ForwardContext
  ) -> Variable {
    let rowCount = x.shape[0]
    let everywhere = Segments.all(rowCount: rowCount, count: leafCount)
    let weights = gates[task](x, segments: everywhere, in: context)[0]
    let mixtures = (0..<leafCount).map { leaf in
      let rows = Int32(leaf * rowCount)..<Int32((leaf + 1) * rowCount)
      return mixture(outputs, by: weights.rows(Array(rows)))
    }
    return towers[task](stackedRows(mixtures), segments: everywhere.following, in: context)
      .reshaped(to: [leafCount, rowCount]).transposed()
  }

  /// Returns 1 at the scenario of every row and 0 elsewhere: `[rows, scenarios]`.
  private func ownScenarios(_ parts: ScenarioParts) -> Variable {
    var values = [Float](repeating: 0, count: parts.segments.outputRowCount * leafCount)
    for (leaf, rows) in parts.segments.output.enumerated() {
      for row in rows { values[row * leafCount + leaf] = 1 }
    }
    return Variable(Tensor(values, shape: [parts.segments.outputRowCount, leafCount]))
  }

  /// Returns the log-odds of Σ_j w_j σ(z_j): `[rows, 1]`.
  ///
  /// - z, logWeights: `[rows, scenarios]`.
  private func logit(ofMixture z: Variable, logWeights: Variable) -> Variable {
    (logWeights + z.logSigmoid()).logSumExp() - (logWeights + (-z).logSigmoid()).logSumExp()
  }
}

/// The gate that mixes the predictions of scenarios, a ``/Layers/SoftmaxGates`` in logarithms.
private final class MixingGate {
  private let hidden: MLP
  private let weight: Parameter
  private let bias: Parameter
  private let path: String

  init(inputSize: Int, hiddenSizes: [Int], count: Int, scope: ParameterScope) {
    path = scope.path
    hidden = MLP(inputSize: inputSize, sizes: hiddenSizes, scope: scope)
    weight = scope.weight(shape: [hidden.outputSize, count])
    bias = scope.parameter("bias", shape: [count], initializer: .zeros, decays: false)
  }

  /// Returns the logarithms of the weights: `[rows, scenarios]`.
  func callAsFunction(_ x: Variable, in context: ForwardContext) -> Variable {
    let logits = hidden(x, in: context).affine(weight: context(weight), bias: context(bias))
    context.observer?.show(path, logits.softmax().value)
    return logits - logits.logSumExp()
  }
}
