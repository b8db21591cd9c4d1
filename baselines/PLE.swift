import Configuration
import Layers
import Ranking
import TensorCore

/// Progressive layered extraction, which with one level is customized gate control (CGC).
///
/// Every objective o has its own experts in addition to the shared ones. At level j
///
///     g_{o,j} = Σ softmax(W_{o,j} g_{o,j-1}) · [own experts(g_{o,j-1}); shared experts(g_{s,j-1})]
///     g_{s,j} = Σ softmax(W_{s,j} g_{s,j-1}) · [experts of all objectives; shared experts]
///
/// from g_{o,0} = g_{s,0} = x, and logit_o = tower_o(g_{o,N}). The shared gate mixes all experts of
/// its level; the last level has no shared gate.
///
/// An objective is a task, or a task in a scenario on the flat axis. On that axis, the shared gates
/// require every row to pass through the experts of all scenarios below the last level; at the last
/// level, a row passes only through those of its own scenario.
///
/// Source: Tang et al., Progressive layered extraction (PLE), RecSys 2020, equations 1 to 7.
public final class PLE: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``PLE``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.flat
    @Setting("Levels of experts; one level is CGC.", in: 1...8, search: .choice([1, 2]))
    public var levelCount = 2
    @Setting("Experts of each objective at each level.", in: 1...64, search: .choice([1, 2]))
    public var specificExpertCount = 2
    @Setting("Shared experts at each level.", in: 1...64, search: .choice([1, 2, 4]))
    public var sharedExpertCount = 2
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
    id: "ple", title: "PLE", group: "Shared and gated",
    paper: "Tang et al., Progressive layered extraction (PLE), RecSys 2020",
    deviations: [
      "Task losses keep equal weights; the paper's epoch-wise change of weights is not used."
    ])

  private let axis: ScenarioAxis
  private let leafCount: Int
  private let taskCount: Int
  private let input: InputLayer
  private let levels: [PLELevel]
  private let lastLevel: CustomizedGateControl
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    axis = settings.axis
    leafCount = problem.scenarios.leafCount
    taskCount = problem.tasks.count
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    let partCount = axis == .flat ? leafCount : 1
    var inputSize = input.outputSize
    var levels: [PLELevel] = []
    for level in 0..<settings.levelCount - 1 {
      levels.append(
        PLELevel(
          settings, inputSize: inputSize, objectiveCount: partCount * problem.tasks.count,
          scope: scope["levels"][level]))
      inputSize = levels[level].outputSize
    }
    self.levels = levels
    lastLevel = CustomizedGateControl(
      inputSize: inputSize, expertSizes: settings.expertSizes,
      ownCount: settings.specificExpertCount, sharedCount: settings.sharedExpertCount,
      towers: settings.towers, axis: axis, problem: problem,
      scope: scope["levels"][settings.levelCount - 1])
    towers = try Towers(
      settings.towers, inputSize: lastLevel.outputSize, axis: axis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: axis, leafCount: leafCount)
    let x = parts.ordered(input(batch, in: context))
    var state = PLEState(shared: x, objectives: [])
    for level in levels { state = level(state, in: context) }
    let own = (0..<taskCount).map { state.ownRows(task: $0, of: taskCount, parts) }
    let inputs = lastLevel(shared: state.shared, own: own, parts: parts, in: context)
    return towers(inputs, parts: parts, in: context)
  }
}

/// The output of a level, with rows ordered by part: one variable for the shared experts and one
/// per objective (part-major); if there are none per objective, all equal the shared one.
private struct PLEState {
  let shared: Variable
  let objectives: [Variable]

  func objective(_ index: Int) -> Variable { objectives.isEmpty ? shared : objectives[index] }

  /// Returns the rows of each part as seen by its own objective for a task.
  func ownRows(task: Int, of taskCount: Int, _ parts: ScenarioParts) -> Variable {
    if objectives.isEmpty { return shared }
    return stackedRows(
      parts.segments.output.enumerated().map { part, rows in
        objective(part * taskCount + task).rows(rows.map(Int32.init))
      })
  }
}

extension PLE.Hyperparameters {
  fileprivate func experts(_ inputSize: Int, _ scopes: [ParameterScope]) -> ExpertBank {
    towers.expertBank(inputSize: inputSize, sizes: expertSizes, scopes: scopes)
  }
}

/// A level below the last, where every row passes through all experts.
private final class PLELevel {
  var outputSize: Int { shared.outputSize }

  private let shared: ExpertBank
  private let specific: [ExpertBank]
  private let sharedGate: SoftmaxGates
  private let gates: [SoftmaxGates]

  init(
    _ settings: PLE.Hyperparameters, inputSize: Int, objectiveCount: Int, scope: ParameterScope
  ) {
    let (own, common) = (settings.specificExpertCount, settings.sharedExpertCount)
    shared = settings.experts(inputSize, (0..<common).map { scope["shared"][$0] })
    specific = (0..<objectiveCount).map { objective in
      settings.experts(inputSize, (0..<own).map { scope["specific"][objective][$0] })
    }
    sharedGate = SoftmaxGates(
      inputSize: inputSize, gateCount: 1, expertCount: objectiveCount * own + common,
      scopes: [scope["sharedGate"]])
    gates = (0..<objectiveCount).map { objective in
      SoftmaxGates(
        inputSize: inputSize, gateCount: 1, expertCount: own + common,
        scopes: [scope["gates"][objective]])
    }
  }

  func callAsFunction(_ state: PLEState, in context: ForwardContext) -> PLEState {
    let rowCount = state.shared.shape[0]
    let all = Segments(counts: [rowCount])
    let sharedOutputs = shared.outputs(state.shared, in: context)
    let ownOutputs = specific.enumerated().map { $1.outputs(state.objective($0), in: context) }
    let objectives = gates.enumerated().map { index, gate in
      let weights = gate(state.objective(index), segments: all, in: context)[0]
      return mix([ownOutputs[index], sharedOutputs], by: weights)
    }
    let weights = sharedGate(state.shared, segments: all, in: context)[0]
    return PLEState(shared: mix(ownOutputs + [sharedOutputs], by: weights), objectives: objectives)
  }

  private func mix(_ outputs: [Variable], by weights: Variable) -> Variable {
    let rowCount = weights.shape[0]
    let positions = Routing(denseOver: rowCount, expertCount: weights.shape[1]).positions
    return stackedRows(outputs).mixed(by: weights, positions: positions)
  }
}

/// The last level of experts (CGC), where a row passes only through the shared experts and those of
/// its own part.
///
///     g_t = Σ_k w_{t,k} · [own experts of t(x_t); shared experts(x_s)]_k,   w_t = softmax(x_t W_t)
///
/// - x_t: the input of task t, x_s: the input of the shared experts.
final class CustomizedGateControl {
  var outputSize: Int { shared.outputSize }

  private let ownCount: Int
  private let shared: ExpertBank
  private let specific: [MLPBank]
  private let specificPaths: [String]
  private let gates: [SoftmaxGates]

  /// Creates the level.
  ///
  /// - addsExperts: Whether experts are added up instead of mixed; there are no gates then.
  init(
    inputSize: Int, expertSizes: [Int], ownCount: Int, sharedCount: Int, addsExperts: Bool = false,
    towers: TowerHyperparameters, axis: ScenarioAxis, problem: Problem, scope: ParameterScope
  ) {
    self.ownCount = ownCount
    shared = towers.expertBank(
      inputSize: inputSize, sizes: expertSizes,
      scopes: (0..<sharedCount).map { scope["shared"][$0] })
    func parts(_ scope: ParameterScope) -> [ParameterScope] {
      ScenarioParts.scopes(scope, axis: axis, leafCount: problem.scenarios.leafCount)
    }
    specificPaths = problem.tasks.map { scope["specific"][$0.name].path }
    specific = problem.tasks.map { task in
      towers.mlpBank(
        inputSize: inputSize, sizes: expertSizes,
        scopes: parts(scope["specific"][task.name]).flatMap { part in
          (0..<ownCount).map { part[$0] }
        })
    }
    gates =
      addsExperts
      ? []
      : problem.tasks.map { task in
        SoftmaxGates(
          inputSize: inputSize, gateCount: 1, expertCount: ownCount + sharedCount,
          scopes: parts(scope["gates"][task.name]))
      }
  }

  /// Returns one mixture per task, with rows ordered by part like those of the inputs.
  func callAsFunction(
    shared sharedInput: Variable, own inputs: [Variable], parts: ScenarioParts,
    in context: ForwardContext
  ) -> [Variable] {
    let sharedOutputs = shared.outputs(sharedInput, in: context)
    let positions = parts.positions(of: [.own(ownCount), .shared(shared.expertCount)])
    return inputs.enumerated().map { task, input in
      let ownOutputs = specific[task](
        input, segments: parts.segments(ownExperts: ownCount), in: context)
      context.observer?.show(outputs: ownOutputs.value, of: specificPaths[task])
      let weights =
        gates.isEmpty
        ? Variable(Tensor(repeating: 1, shape: [input.shape[0], ownCount + shared.expertCount]))
        : gates[task](input, segments: parts.segments, in: context)[0]
      return stackedRows([ownOutputs, sharedOutputs]).mixed(by: weights, positions: positions)
    }
  }
}
