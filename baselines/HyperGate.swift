import Configuration
import Layers
import Ranking
import TensorCore

/// Mixture of experts controlled by predicted embeddings of the scenario and the task: they scale
/// the input, add to every layer of the experts, and mix the experts.
///
///     z = sg(x without the columns of the scenario),   a_D = m_D(z),   a_T = m_T(z)
///     c_D = [a_D; sg(D_s)],   c_t = [a_T; sg(P_t); c_D]
///     x' = 2 σ(relu(c_D W₁ + b₁) W₂ + b₂) ⊙ x
///     h_{i,l+1} = f(h_{i,l} W_{i,l} + b_{i,l} + n_l(c_D)),   h_{i,0} = x'       for every expert i
///     logit_o = tower_o(Σ_i softmax(g_t(c_t) G_t + d_t)_i · h_{i,L})
///
/// - x: `[rows, inputSize]`; s: the row's scenario, a leaf of the tree; t: a task; D_s, P_t:
///   anchors, vectors of the scenario and the task; m_D, m_T, n_l: networks with a linear last
///   layer; g_t: the hidden layers of a gate, with ReLU; sg: stopped gradient; o: t, or t in a
///   scenario on the flat axis, where the towers alone are private.
///
/// Two losses train the anchors: `scenarioLossWeight` times the cross-entropy of softmax(a_D · D_j
/// over all j) and the row's scenario, averaged over rows, and for every task `taskLossWeight`
/// times the cross-entropy of σ(a_T · P_t) and its label, weighted like the loss of the task. With
/// one scenario there are no D_s.
///
/// Source: HyperGate: hierarchical perceptive gating network for multi-domain multi-task
/// recommendation, 2025, from its released code XuHwang/HyperGate, with the augmented embedding as
/// input of gates.
public final class HyperGate: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``HyperGate``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.task
    @Setting("Experts that all objectives share.", in: 1...256, search: .choice([4, 8]))
    public var expertCount = 8
    @Setting(
      "Layer sizes of an expert.", each: 1...8192, minimumCount: 1,
      search: .choice([[64], [128, 64], [256, 128]]))
    public var expertSizes = [128, 64]
    @Setting("Columns of an anchor and of what is predicted of it.", in: 1...512)
    public var anchorSize = 16
    @Setting("Sizes of the hidden layers that predict the anchors.", each: 1...8192)
    public var augmentationSizes = [64]
    @Setting("Hidden columns of the gate of the input.", in: 1...8192)
    public var gateSize = 64
    @Setting("Sizes of the hidden layers of the gates that mix experts.", each: 1...8192)
    public var fusionSizes = [64]
    @Setting("Whether a gate scales the input.")
    public var gatesInput = true
    @Setting("Whether the layers of experts have terms of the scenario.")
    public var biasesExperts = true
    @Setting("Whether experts are mixed by predicted embeddings; otherwise by the input.")
    public var gatesFusion = true
    @Setting(
      "Weight of the cross-entropy of the predicted scenario.", in: 0...1e3,
      search: .logUniform(1e-3...1))
    public var scenarioLossWeight = 0.1
    @Setting(
      "Weight of the cross-entropies that train the anchors of tasks.", in: 0...1e3,
      search: .logUniform(1e-3...1))
    public var taskLossWeight = 0.1
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "hyper-gate", title: "HyperGate", group: "Scenarios and tasks",
    paper: "HyperGate: hierarchical perceptive gating network for multi-domain multi-task "
      + "recommendation, released code XuHwang/HyperGate, 2025",
    deviations: [
      "Written from the released code; no text of a paper was at hand.",
      "The weights of the two losses are ours; the released code has no defaults.",
      "The gate of the input has gateSize hidden columns; the released code has a quarter of the columns of the input.",
      "The scenario's own embedding is a feature like others, if scenarioFeature says so; the released code has it exactly if the input is gated.",
    ])

  /// A note if there is no scenario to predict.
  public var notes: [String] {
    scenarioControl != nil && leafCount == 1
      ? ["There is one scenario only, so its anchor and the loss of predicting it are left out."]
      : []
  }

  private let settings: Hyperparameters
  private let leafCount: Int
  private let taskNames: [String]
  private let input: InputLayer
  private let scenarioControl: AnchorPrediction?
  private let taskControl: AnchorPrediction?
  private let inputGate: GateUnit?
  private let experts: BiasedExperts
  private let fusion: [SoftmaxGates]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    let (leaves, size) = (problem.scenarios.leafCount, settings.anchorSize)
    leafCount = leaves
    taskNames = problem.tasks.map(\.name)
    let input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    self.input = input
    func prediction(_ count: Int, _ scope: ParameterScope) -> AnchorPrediction {
      AnchorPrediction(
        settings, inputSize: input.outputSize - input.scenarioColumns.count, anchorCount: count,
        scope: scope)
    }
    let isControlled = settings.gatesInput || settings.biasesExperts || settings.gatesFusion
    scenarioControl = isControlled ? prediction(leaves > 1 ? leaves : 0, scope["scenario"]) : nil
    taskControl = settings.gatesFusion ? prediction(taskNames.count, scope["task"]) : nil
    let controlSize = leaves > 1 ? 2 * size : size
    inputGate =
      settings.gatesInput
      ? GateUnit(
        inputSize: controlSize, hiddenSize: settings.gateSize, outputSize: input.outputSize,
        scope: scope["inputGate"]) : nil
    experts = BiasedExperts(
      settings, inputSize: input.outputSize, controlSize: controlSize, scope: scope)
    fusion = taskNames.map { task in
      SoftmaxGates(
        inputSize: settings.gatesFusion ? 2 * size + controlSize : input.outputSize, gateCount: 1,
        expertCount: settings.expertCount, hiddenSizes: settings.fusionSizes, hasBias: true,
        scopes: [scope["fusion"][task]])
    }
    towers = try Towers(
      settings.towers, inputSize: experts.outputSize, axis: settings.axis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let ungated = input(batch, in: context)
    let seen = withoutScenario(ungated).detached()
    let ofScenario = scenarioControl.map { $0.predicted(from: seen, in: context) }
    let ofTask = taskControl.map { $0.predicted(from: seen, in: context) }
    let control = ofScenario.flatMap { predicted in
      scenarioControl.map {
        concatenated([predicted] + $0.constants(batch.leaves, in: context))
      }
    }
    var x = ungated
    if let inputGate, let control { x = inputGate(control, in: context) * x }
    let outputs = experts(x, control: control, in: context)
    let rows = Segments(counts: [batch.rowCount])
    let everyExpert = Routing(
      denseOver: batch.rowCount, expertCount: settings.expertCount
    ).positions
    let mixtures = taskNames.indices.map { task in
      var asked = x
      if let ofTask, let taskControl, let control {
        let anchors = taskControl.constants(batch.leaves.map { _ in Int32(task) }, in: context)
        asked = concatenated([ofTask] + anchors + [control])
      }
      return outputs.mixed(
        by: fusion[task](asked, segments: rows, in: context)[0], positions: everyExpert)
    }
    let parts = ScenarioParts(batch, axis: settings.axis, leafCount: leafCount)
    let predictions = towers(mixtures.map(parts.ordered), parts: parts, in: context)
    guard context.isTraining else { return predictions }
    return Predictions(
      logits: predictions.logits,
      auxiliaryLosses: predictions.auxiliaryLosses
        + scenarioLoss(ofScenario, batch.leaves, in: context),
      conditionalLosses: predictions.conditionalLosses + taskLosses(ofTask, in: context))
  }

  private func withoutScenario(_ x: Variable) -> Variable {
    let own = input.scenarioColumns
    let parts = [0..<own.lowerBound, own.upperBound..<input.outputSize].filter { !$0.isEmpty }
    return parts.isEmpty ? x.columns(0..<0) : concatenated(parts.map(x.columns))
  }

  /// Returns the cross-entropy of the row's scenario, averaged over rows.
  private func scenarioLoss(
    _ predicted: Variable?, _ leaves: [Int32], in context: ForwardContext
  ) -> [Predictions.AuxiliaryLoss] {
    guard leafCount > 1, let predicted, let scenarioControl else { return [] }
    let scores = scenarioControl.scores(of: predicted, in: context)
    var shares = [Float](repeating: 0, count: leaves.count * leafCount)
    for (row, leaf) in leaves.enumerated() {
      shares[row * leafCount + Int(leaf)] = 1 / Float(leaves.count)
    }
    return [
      .init(
        name: "scenario", weight: settings.scenarioLossWeight,
        value: scores.logSumExp().mean()
          - scores.weightedSum(Tensor(shares, shape: scores.shape)))
    ]
  }

  /// Returns one cross-entropy per task.
  private func taskLosses(
    _ predicted: Variable?, in context: ForwardContext
  ) -> [Predictions.ConditionalLoss] {
    guard let predicted, let taskControl else { return [] }
    let scores = taskControl.scores(of: predicted, in: context)
    return taskNames.indices.map { task in
      .init(
        name: "anchor/\(taskNames[task])", weight: settings.taskLossWeight, task: task,
        followed: nil, logits: scores.columns(task..<task + 1),
        rowWeights: Tensor(repeating: 1, shape: [predicted.shape[0], 1]))
    }
  }
}

/// A network that predicts the vector of a row's scenario, or of a task, and these vectors.
private final class AnchorPrediction {
  private let hidden: MLP
  private let weight: Parameter
  private let bias: Parameter
  private let anchors: Parameter?

  init(
    _ settings: HyperGate.Hyperparameters, inputSize: Int, anchorCount: Int, scope: ParameterScope
  ) {
    let size = settings.anchorSize
    hidden = MLP(
      inputSize: inputSize, sizes: settings.augmentationSizes,
      activation: settings.towers.activation, dropoutRate: settings.towers.dropout,
      scope: scope["hidden"])
    weight = scope.weight(shape: [hidden.outputSize, size])
    bias = scope.parameter("bias", shape: [size], initializer: .zeros, decays: false)
    anchors =
      anchorCount == 0
      ? nil
      : scope.parameter(
        "anchors", shape: [anchorCount, size],
        initializer: .normal(deviation: 1 / Float(size).squareRoot()), isTable: true)
  }

  /// x: `[rows, inputSize]`; result: `[rows, anchorSize]`.
  func predicted(from x: Variable, in context: ForwardContext) -> Variable {
    hidden(x, in: context).affine(weight: context(weight), bias: context(bias))
  }

  /// Returns the products with all anchors: `[rows, anchorCount]`.
  func scores(of predicted: Variable, in context: ForwardContext) -> Variable {
    anchors.map { predicted.matmul(context($0).transposed()) } ?? predicted.columns(0..<0)
  }

  /// Returns the anchors of rows as a constant, `[rows, anchorSize]`; none without anchors.
  func constants(_ ids: [Int32], in context: ForwardContext) -> [Variable] {
    anchors.map { [Variable($0.value).rows(ids)] } ?? []
  }
}

/// Experts whose layers have a term that is a function of the control vector, the same for all.
private final class BiasedExperts {
  let outputSize: Int

  private struct Layer {
    let weights: [Parameter]
    let biases: [Parameter]?
    let norm: BatchNorm?
    let term: Term?
  }

  private struct Term {
    let hidden: MLP
    let weight: Parameter
    let bias: Parameter
  }

  private let layers: [Layer]
  private let count: Int
  private let activation: Activation
  private let dropout: Double

  init(
    _ settings: HyperGate.Hyperparameters, inputSize: Int, controlSize: Int, scope: ParameterScope
  ) {
    let sizes = [inputSize] + settings.expertSizes
    let normalizes = settings.towers.batchNorm
    outputSize = sizes[sizes.count - 1]
    count = settings.expertCount
    activation = settings.towers.activation
    dropout = settings.towers.dropout
    func bias(_ scope: ParameterScope, _ size: Int) -> Parameter {
      scope.parameter("bias", shape: [size], initializer: .zeros, decays: false)
    }
    layers = settings.expertSizes.enumerated().map { depth, size in
      let places = (0..<settings.expertCount).map { scope["experts"][$0]["layer\(depth)"] }
      let terms = scope["terms"][depth]
      return Layer(
        weights: places.map { $0.weight(shape: [sizes[depth], size]) },
        biases: normalizes ? nil : places.map { bias($0, size) },
        norm: normalizes ? BatchNorm(size: size, scopes: places.map { $0["norm"] }) : nil,
        term: settings.biasesExperts
          ? Term(
            hidden: MLP(
              inputSize: controlSize, sizes: [controlSize], activation: settings.towers.activation,
              scope: terms["hidden"]),
            weight: terms.weight(shape: [controlSize, size]), bias: bias(terms, size)) : nil)
    }
  }

  /// x: `[rows, inputSize]`; result: `[count · rows, outputSize]`, sorted by expert.
  func callAsFunction(
    _ x: Variable, control: Variable?, in context: ForwardContext
  ) -> Variable {
    let rowCount = x.shape[0]
    let everyRow = (0..<count).flatMap { _ in (0..<Int32(rowCount)).map { $0 } }
    var segments = Segments.all(rowCount: rowCount, count: count)
    let outputs = layers.reduce(x) { h, layer in
      var sums = h.affine(
        segments: segments, weights: layer.weights.map { context($0) },
        biases: layer.biases.map { $0.map { context($0) } })
      segments = segments.following
      if let term = layer.term, let control {
        sums =
          sums
          + term.hidden(control, in: context)
          .affine(weight: context(term.weight), bias: context(term.bias)).rows(everyRow)
      }
      let y =
        layer.norm.map {
          $0(sums, segments: segments.output, activation: activation, in: context)
        } ?? sums.activated(by: activation)
      guard context.isTraining, dropout > 0 else { return y }
      return y.dropout(rate: Float(dropout), using: context.stream("dropout/experts"))
    }
    context.observer?.show(outputs: outputs.value, of: "experts")
    return outputs
  }
}
