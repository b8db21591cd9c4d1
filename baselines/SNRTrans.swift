import Configuration
import Layers
import Ranking
import TensorCore

/// Sub-network routing with transformations: levels of sub-networks, and connections between them
/// that training can close.
///
///     u_{i,1} = f_{i,1}(x),   u_{i,l} = f_{i,l}(Σ_j z_{ij,l} u_{j,l-1} M_{ij,l})
///     logit_o = tower_o(Σ_j z_{oj} u_{j,L} M_{oj})
///     training    z = min(1, max(0, s (ζ - γ) + γ)),   s = σ((log u - log(1 - u) + log α) / β)
///     evaluation  the same with s = σ(log α)
///     loss += penalty · Σ σ(log α - β log(-γ / ζ)),   over all connections
///
/// - f: MLPs of equal shape; M: `[h, h]`, with h the last size of a sub-network; z, α: one number
///   per connection; u: uniform in (0, 1), drawn anew in every step, the same for all rows; β:
///   `temperature`; γ = -0.1, ζ = 1.1; o: a task, or a task in a scenario on the flat axis.
///
/// The last sum is the expected number of open connections. Initially log α = 0, so z is 1/2 in
/// evaluation, and the matrices that lead to one place are drawn as one matrix `[subnetworks · h, h]`.
///
/// Sub-networks are shared by all rows; the matrices and towers of an objective are private to its
/// scenario. Its α are not, since the penalty reaches them in every step.
///
/// Source: Ma et al., SNR: sub-network routing for flexible parameter sharing in multi-task learning,
/// AAAI 2019 (SNR-Trans); for z, Louizos, Welling and Kingma, ICLR 2018, equations 10 to 13.
public final class SNRTrans: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``SNRTrans``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.flat
    @Setting("Levels of sub-networks.", in: 1...8, search: .choice([1, 2]))
    public var levelCount = 2
    @Setting("Sub-networks of each level.", in: 1...64, search: .choice([2, 4, 8]))
    public var subnetworkCount = 4
    @Setting(
      "Layer sizes of a sub-network.", each: 1...8192, minimumCount: 1,
      search: .choice([[32], [64], [128]]))
    public var subnetworkSizes = [64]
    @Setting(
      "Factor of the expected number of open connections in the loss.", in: 0...1e3,
      search: .logUniform(1e-6...1e-2))
    public var penalty = 1e-4
    @Setting(
      "Temperature of the noise of connections: the lower, the closer they are to 0 and 1.",
      in: 0.01...10)
    public var temperature = 0.9
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "snr-trans", title: "SNR-Trans", group: "Shared and gated",
    paper: "Ma et al., SNR: sub-network routing for flexible parameter sharing in multi-task "
      + "learning, AAAI 2019",
    deviations: [
      "log α begins as 0 for every connection, and the matrices into one place are drawn as one matrix; the paper gives no initial values.",
      "The temperature of 0.9 and the interval from -0.1 to 1.1 are those of a later implementation (MMLRec).",
      "Objectives are connected to the sub-networks of the last level like a further level of sub-networks.",
    ])

  private let axis: ScenarioAxis
  private let leafCount: Int
  private let penalty: Double
  private let gate: HardConcreteGate
  private let input: InputLayer
  private let levels: [MLPBank]
  private let connections: [Connections]
  private let routes: [[Parameter]]
  private let taskNames: [String]
  private let routeLogits: Parameter
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    axis = settings.axis
    penalty = settings.penalty
    let leafCount = problem.scenarios.leafCount
    self.leafCount = leafCount
    gate = HardConcreteGate(temperature: Float(settings.temperature))
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    let count = settings.subnetworkCount
    let size = settings.subnetworkSizes.last ?? input.outputSize
    let sizes = [input.outputSize] + Array(repeating: size, count: settings.levelCount - 1)
    levels = sizes.enumerated().map { level, inputSize in
      settings.towers.mlpBank(
        inputSize: inputSize, sizes: settings.subnetworkSizes,
        scopes: (0..<count).map { scope["levels"][level][$0] })
    }
    connections = (0..<settings.levelCount - 1).map {
      Connections(count: count, size: size, scope: scope["connections"][$0])
    }
    routes = problem.tasks.map { task in
      ScenarioParts.scopes(scope["routes"][task.name], axis: settings.axis, leafCount: leafCount)
        .map { $0.weight(shape: [count * size, size]) }
    }
    taskNames = problem.tasks.map(\.name)
    let objectiveCount = problem.tasks.count * (settings.axis == .flat ? leafCount : 1)
    routeLogits = scope["routes"].parameter(
      "logits", shape: [objectiveCount, count], initializer: .zeros, decays: false)
    towers = try Towers(
      settings.towers, inputSize: size, axis: axis, problem: problem, scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: axis, leafCount: leafCount)
    let x = parts.ordered(input(batch, in: context))
    let all = Segments.all(rowCount: batch.rowCount, count: routeLogits.value.shape[1])
    var u = levels[0](x, segments: all, in: context)
    for (connection, level) in zip(connections, levels.dropFirst()) {
      let v = connection(beside(u, all), gate: gate, in: context)
      u = level(v, segments: all.following, in: context)
    }
    let outputs = beside(u, all)
    let z = gate(context(routeLogits), purpose: "routes", in: context.ofWholeBatch)
    if let observer = context.observer { show(z.value, parts: parts, to: observer) }
    let inputs = routes.enumerated().map { task, matrices in
      outputs.affine(
        segments: parts.segments,
        weights: matrices.enumerated().map { part, matrix in
          context(matrix) * z.repeated(row: part * routes.count + task, for: matrix)
        })
    }
    let predictions = towers(inputs, parts: parts, in: context)
    guard penalty > 0 else { return predictions }
    let open = (connections.map(\.logits) + [routeLogits])
      .map { gate.openProbability(context($0)).sum() }
    return predictions.adding([
      .init(name: "open connections", weight: penalty, value: sum(open))
    ])
  }

  /// Shows every row's share of each sub-network in the connections to its objectives, z / Σ z; nothing if an objective has
  /// no connection.
  private func show(_ z: Tensor, parts: ScenarioParts, to observer: Observer) {
    let count = z.columnCount
    let rows = stride(from: 0, to: z.count, by: count).map { Array(z.values[$0..<$0 + count]) }
    let sums = rows.map { $0.reduce(0, +) }
    guard sums.allSatisfy({ $0 > 0 }) else { return }
    let shares = zip(rows, sums).map { row, sum in row.map { $0 / sum } }
    let taskCount = taskNames.count
    let values = parts.segments.output.enumerated().flatMap { part, rows in
      rows.flatMap { _ in shares[part * taskCount..<(part + 1) * taskCount].joined() }
    }
    observer.show(
      "routes",
      Tensor(values, shape: [values.count / (taskCount * count), taskCount, count]),
      gates: taskNames)
  }

  /// Returns the outputs of sub-networks, which are stacked, beside each other: `[rows, count · h]`.
  private func beside(_ u: Variable, _ segments: Segments) -> Variable {
    concatenated(segments.output.map { rows in u.rows(rows.map(Int32.init)) })
  }
}

/// The connections of every sub-network of a level with all of the level below.
private final class Connections {
  let logits: Parameter
  private let matrices: [Parameter]

  init(count: Int, size: Int, scope: ParameterScope) {
    logits = scope.parameter(
      "logits", shape: [count, count], initializer: .zeros, decays: false)
    matrices = (0..<count).map { scope[$0].weight(shape: [count * size, size]) }
  }

  /// u: `[rows, count · h]`, result: `[count · rows, h]`, sorted by sub-network.
  func callAsFunction(
    _ u: Variable, gate: HardConcreteGate, in context: ForwardContext
  ) -> Variable {
    let z = gate(context(logits), purpose: logits.name, in: context.ofWholeBatch)
    return u.affine(
      segments: .all(rowCount: u.shape[0], count: matrices.count),
      weights: matrices.enumerated().map { index, matrix in
        context(matrix) * z.repeated(row: index, for: matrix)
      })
  }
}

extension Variable {
  /// Returns the elements of a row of z, each as often as a sub-network has columns: `[count · h, 1]`.
  ///
  /// - matrix: `[count · h, h]`.
  fileprivate func repeated(row: Int, for matrix: Parameter) -> Variable {
    let (count, size) = (shape[1], matrix.value.shape[1])
    return reshaped(to: [value.count, 1]).rows(
      (0..<count).flatMap { [Int32](repeating: Int32(row * count + $0), count: size) })
  }
}
