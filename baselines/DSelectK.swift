import Configuration
import Layers
import Ranking
import TensorCore

/// A mixture of experts whose gates learn to select at most k of them.
///
///     logit_o = tower_o(Σ_i w_{o,i} · f_i(x))
///     w_o = Σ_s softmax(a_o)_s · r(z_{o,s}),   s = 1 … selectorCount
///     loss += entropyWeight · Σ_o Σ_s mean over rows of H(r(z_{o,s})),   H(r) = -Σ_i r_i log(r_i + 1e-6)
///
/// - f_i: experts that all rows share; r: products of smooth steps, which reach one-hot vectors
///   exactly (``/Layers/SmoothStepGates`` has the formula and the initial values); a, z: parameters
///   of the objective, or linear in x, without bias, with `perExample`; o: a task, or a task in a
///   scenario on the flat axis.
///
/// The mean of the entropy is over the rows of the batch that use the gate.
///
/// Source: Hazimeh et al., DSelect-k: differentiable selection in the mixture of experts with
/// applications to multi-task learning, NeurIPS 2021, equations 2 to 6.
public final class DSelectK: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``DSelectK``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.flat
    @Setting(
      "Experts that all objectives share, a power of two.", in: 2...256, search: .choice([4, 8]))
    public var expertCount = 8
    @Setting("The most experts that a gate selects (k).", in: 1...256, search: .choice([1, 2, 4]))
    public var selectorCount = 2
    @Setting("Whether the selection depends on the row, or on the objective alone.")
    public var perExample = true
    @Setting(
      "Length of the interval in which a smooth step is between 0 and 1.", in: 1e-3...1e3,
      search: .logUniform(0.1...10))
    public var stepWidth = 1.0
    @Setting(
      "Factor of the entropy of selectors in the loss; it hastens the selection.", in: 0...1e3)
    public var entropyWeight = 0.0
    @Setting(
      "Layer sizes of an expert.", each: 1...8192, minimumCount: 1,
      search: .choice([[64], [128], [128, 64], [256, 128]]))
    public var expertSizes = [128, 64]
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}

    /// Checks that the number of experts is a power of two.
    public func validate() throws {
      guard expertCount.nonzeroBitCount == 1 else {
        throw Diagnostic(
          "is \(expertCount), but DSelect-k numbers experts in bits; a power of two is accepted"
        ).at("expertCount")
      }
    }
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "dselect-k", title: "DSelect-k", group: "Shared and gated",
    paper: "Hazimeh et al., DSelect-k: differentiable selection in the mixture of experts with "
      + "applications to multi-task learning, NeurIPS 2021",
    deviations: [
      "The number of experts must be a power of two, so the paper's penalty on codes without an expert is not needed.",
      "All experts are computed for every row, selected or not.",
      "Gates per example have no bias; the authors' code has one.",
    ])

  private let axis: ScenarioAxis
  private let leafCount: Int
  private let entropyWeight: Double
  private let input: InputLayer
  private let experts: ExpertBank
  private let gates: [SmoothStepGates]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    axis = settings.axis
    entropyWeight = settings.entropyWeight
    let leafCount = problem.scenarios.leafCount
    self.leafCount = leafCount
    let input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    self.input = input
    experts = settings.towers.expertBank(
      inputSize: input.outputSize, sizes: settings.expertSizes,
      scopes: (0..<settings.expertCount).map { scope["experts"][$0] })
    gates = problem.tasks.map { task in
      SmoothStepGates(
        inputSize: input.outputSize, expertCount: settings.expertCount,
        selectorCount: settings.selectorCount, width: Float(settings.stepWidth),
        isPerExample: settings.perExample,
        scopes: ScenarioParts.scopes(
          scope["gates"][task.name], axis: settings.axis, leafCount: leafCount))
    }
    towers = try Towers(
      settings.towers, inputSize: experts.outputSize, axis: axis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: axis, leafCount: leafCount)
    let x = parts.ordered(input(batch, in: context))
    let routing = Routing(denseOver: batch.rowCount, expertCount: experts.expertCount)
    let outputs = experts.outputs(x, in: context)
    let selections = gates.map { $0(x, segments: parts.segments, in: context) }
    let inputs = selections.map { outputs.mixed(by: $0.weights, positions: routing.positions) }
    let predictions = towers(inputs, parts: parts, in: context)
    guard entropyWeight > 0 else { return predictions }
    let entropies = selections.flatMap { selection in
      selection.selectors.flatMap { selector in
        parts.segments.output.map { rows in
          let r = selector.rows(rows.map(Int32.init))
          return -(r * (r + 1e-6).log()).sum(over: .columns).mean()
        }
      }
    }
    return predictions.adding([
      .init(name: "selector entropy", weight: entropyWeight, value: sum(entropies))
    ])
  }
}
