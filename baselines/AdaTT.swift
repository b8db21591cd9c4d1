import Configuration
import Layers
import Ranking
import TensorCore

/// Adaptive task-to-task fusion: at every level an objective mixes the experts of all objectives and
/// adds a residual of its own.
///
///     e_{o,j,l} = f_{o,j,l}(x_{o,l-1})
///     x_{o,l} = Σ_k softmax(x_{o,l-1} W_{o,l} + b_{o,l})_k · e_{k,l} + Σ_j w_{o,j,l} · e_{o,j,l}
///     logit_o = tower_o(x_{o,L})
///
/// - x_{o,0} = x; k: the experts of all objectives in turn; f: an expert; w: free numbers, initially
///   uniform in ±1/√experts, without weight decay; with one expert of its own, w = 1; b begins as
///   zeros; o: a task, or a task in a scenario on the flat axis.
///
/// With `sharedExpertCount` there is one more unit that belongs to no objective (the paper's general
/// form): its experts follow the others in all mixtures, it has a gate and a residual like an
/// objective, and it ends at the last level, where it has experts only.
///
/// The gates read the experts of all objectives, so on the flat axis every row passes through the
/// experts of all scenarios; gates and residuals of the last level, and towers, are private to a
/// scenario.
///
/// Source: Li et al., AdaTT: adaptive task-to-task fusion network for multitask learning in
/// recommendations, KDD 2023, equations 3 to 7 (AdaTT-sp); the authors' code for the residual weights
/// and the biases of gates.
public final class AdaTT: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``AdaTT``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.flat
    @Setting("Levels of experts.", in: 1...8, search: .choice([1, 2]))
    public var levelCount = 2
    @Setting("Experts of each objective at each level.", in: 1...64, search: .choice([1, 2]))
    public var specificExpertCount = 2
    @Setting(
      "Experts of no objective at each level; 0 for AdaTT-sp.", in: 0...64,
      search: .choice([0, 1, 2]))
    public var sharedExpertCount = 0
    @Setting(
      "Layer sizes of an expert.", each: 1...8192, minimumCount: 1,
      search: .choice([[64], [128], [128, 64]]))
    public var expertSizes = [64]
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "adatt", title: "AdaTT", group: "Shared and gated",
    paper: "Li et al., AdaTT: adaptive task-to-task fusion network for multitask learning in "
      + "recommendations, KDD 2023",
    deviations: [
      "The unit of shared experts is left out by default (AdaTT-sp), and its last level has no gate, since nothing reads it.",
      "Residual weights have no weight decay.",
    ])

  private let axis: ScenarioAxis
  private let leafCount: Int
  private let input: InputLayer
  private let levels: [AdaTTLevel]
  private let lastLevel: AdaTTLastLevel
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    axis = settings.axis
    leafCount = problem.scenarios.leafCount
    let input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    self.input = input
    let count = problem.tasks.count * (axis == .flat ? leafCount : 1)
    let size = settings.expertSizes.last ?? input.outputSize
    let last = settings.levelCount - 1
    levels = (0..<last).map { level in
      AdaTTLevel(
        settings, inputSize: level == 0 ? input.outputSize : size, objectiveCount: count,
        scope: scope["levels"][level])
    }
    lastLevel = AdaTTLastLevel(
      settings, inputSize: last == 0 ? input.outputSize : size, objectiveCount: count,
      problem: problem, scope: scope["levels"][last])
    towers = try Towers(
      settings.towers, inputSize: size, axis: axis, problem: problem, scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: axis, leafCount: leafCount)
    let x = parts.ordered(input(batch, in: context))
    var units: [Variable] = []
    for level in levels { units = level(x, units, in: context) }
    return towers(lastLevel(x, units, parts: parts, in: context), parts: parts, in: context)
  }
}

/// The experts of a level: those of every objective, then the shared ones.
private final class AdaTTExperts {
  let objectiveCount: Int
  let ownCount: Int
  let sharedCount: Int
  var expertCount: Int { objectiveCount * ownCount + sharedCount }

  private let own: MLPBank
  private let shared: ExpertBank?
  private let path: String

  init(
    _ settings: AdaTT.Hyperparameters, inputSize: Int, objectiveCount: Int, scope: ParameterScope
  ) {
    self.objectiveCount = objectiveCount
    ownCount = settings.specificExpertCount
    sharedCount = settings.sharedExpertCount
    let ownCount = ownCount
    path = scope["specific"].path
    own = settings.towers.mlpBank(
      inputSize: inputSize, sizes: settings.expertSizes,
      scopes: (0..<objectiveCount).flatMap { objective in
        (0..<ownCount).map { scope["specific"][objective][$0] }
      })
    shared =
      sharedCount == 0
      ? nil
      : settings.towers.expertBank(
        inputSize: inputSize, sizes: settings.expertSizes,
        scopes: (0..<sharedCount).map { scope["shared"][$0] })
  }

  /// Returns the outputs of all experts, stacked.
  ///
  /// - Parameters:
  ///   - x: The input of the first level.
  ///   - units: The output of the level below for every objective and the shared unit, or nothing
  ///     at the first level.
  func callAsFunction(
    _ x: Variable, _ units: [Variable], in context: ForwardContext
  ) -> Variable {
    let rowCount = x.shape[0]
    let outputs =
      units.isEmpty
      ? own(
        x, segments: .all(rowCount: rowCount, count: objectiveCount * ownCount), in: context)
      : own(
        stackedRows(Array(units.prefix(objectiveCount))),
        segments: Segments(
          counts: Array(repeating: rowCount, count: objectiveCount), readerCount: ownCount),
        in: context)
    context.observer?.show(outputs: outputs.value, of: path)
    guard let shared else { return outputs }
    return stackedRows([outputs, shared.outputs(units.last ?? x, in: context)])
  }

  /// Creates the weights of a residual; nil for a single expert, whose weight is 1.
  static func residual(count: Int, scope: ParameterScope) -> Parameter? {
    count == 1
      ? nil
      : scope.parameter(
        "weight", shape: [1, count],
        initializer: .uniform(bound: 1 / Float(count).squareRoot()), decays: false)
  }

  /// Returns the weights of a residual at the places of its experts and zeros elsewhere:
  /// `[1, expertCount]`.
  func placed(
    _ residual: Parameter?, count: Int, from start: Int, in context: ForwardContext
  ) -> Variable {
    func constant(_ value: Float, _ count: Int) -> Variable {
      Variable(Tensor(repeating: value, shape: [1, count]))
    }
    return concatenated([
      constant(0, start), residual.map { context($0) } ?? constant(1, count),
      constant(0, expertCount - start - count),
    ])
  }
}

/// A level below the last, where every row has the state of every objective.
private final class AdaTTLevel {
  private let experts: AdaTTExperts
  private let gates: [SoftmaxGates]
  private let residuals: [Parameter?]
  private let unitSizes: [Int]

  init(
    _ settings: AdaTT.Hyperparameters, inputSize: Int, objectiveCount: Int, scope: ParameterScope
  ) {
    let experts = AdaTTExperts(
      settings, inputSize: inputSize, objectiveCount: objectiveCount, scope: scope)
    self.experts = experts
    unitSizes =
      Array(repeating: experts.ownCount, count: objectiveCount)
      + (experts.sharedCount > 0 ? [experts.sharedCount] : [])
    gates = unitSizes.indices.map { unit in
      SoftmaxGates(
        inputSize: inputSize, gateCount: 1, expertCount: experts.expertCount, hasBias: true,
        scopes: [scope["gates"][unit]])
    }
    residuals = unitSizes.enumerated().map { unit, count in
      AdaTTExperts.residual(count: count, scope: scope["residuals"][unit])
    }
  }

  func callAsFunction(
    _ x: Variable, _ units: [Variable], in context: ForwardContext
  ) -> [Variable] {
    let outputs = experts(x, units, in: context)
    let all = Segments(counts: [x.shape[0]])
    let positions = Routing(denseOver: x.shape[0], expertCount: experts.expertCount).positions
    return unitSizes.enumerated().map { unit, count in
      let input = units.isEmpty ? x : units[unit]
      let weights =
        gates[unit](input, segments: all, in: context)[0]
        + experts.placed(
          residuals[unit], count: count, from: unit * experts.ownCount, in: context)
      return outputs.mixed(by: weights, positions: positions)
    }
  }
}

/// The last level, where a row needs the state of the objectives of its own part only.
private final class AdaTTLastLevel {
  private let experts: AdaTTExperts
  private let gates: [SoftmaxGates]
  private let residuals: [[Parameter?]]

  init(
    _ settings: AdaTT.Hyperparameters, inputSize: Int, objectiveCount: Int, problem: Problem,
    scope: ParameterScope
  ) {
    let experts = AdaTTExperts(
      settings, inputSize: inputSize, objectiveCount: objectiveCount, scope: scope)
    self.experts = experts
    func parts(_ scope: ParameterScope) -> [ParameterScope] {
      ScenarioParts.scopes(
        scope, axis: settings.axis, leafCount: problem.scenarios.leafCount)
    }
    gates = problem.tasks.map { task in
      SoftmaxGates(
        inputSize: inputSize, gateCount: 1, expertCount: experts.expertCount, hasBias: true,
        scopes: parts(scope["gates"][task.name]))
    }
    residuals = problem.tasks.map { task in
      parts(scope["residuals"][task.name]).map {
        AdaTTExperts.residual(count: experts.ownCount, scope: $0)
      }
    }
  }

  /// Returns the state of every task, with rows ordered by part.
  func callAsFunction(
    _ x: Variable, _ units: [Variable], parts: ScenarioParts, in context: ForwardContext
  ) -> [Variable] {
    let outputs = experts(x, units, in: context)
    let positions = Routing(denseOver: x.shape[0], expertCount: experts.expertCount).positions
    let taskCount = gates.count
    return gates.indices.map { task in
      func objective(_ part: Int) -> Int { part * taskCount + task }
      let input =
        units.isEmpty
        ? x
        : stackedRows(
          parts.segments.output.enumerated().map { part, rows in
            units[objective(part)].rows(rows.map(Int32.init))
          })
      let own = stackedRows(
        parts.segments.output.enumerated().map { part, rows in
          experts.placed(
            residuals[task][part], count: experts.ownCount,
            from: objective(part) * experts.ownCount, in: context
          ).expanded(to: [rows.count, experts.expertCount])
        })
      let weights = gates[task](input, segments: parts.segments, in: context)[0] + own
      return outputs.mixed(by: weights, positions: positions)
    }
  }
}
