import Configuration
import Layers
import Ranking
import TensorCore

/// Cross-stitch networks: one network per objective, their activations mixed after every layer.
///
///     x_{o,l} = Σ_p α^l_{o,p} · f_{p,l}(x_{p,l-1}),   logit_o = tower_o(x_{o,L})
///
/// - f_{p,l}: layer l of the network of objective p, all of equal shape, x_{o,0} = x; α: a number, or
///   one per channel; o, p: tasks, or tasks in scenarios on the flat axis.
///
/// A unit reads the activations of all networks, so on the flat axis too every row runs through all
/// of them, and the networks and units are shared; towers alone are private to a scenario.
///
/// Source: Misra et al., Cross-stitch networks for multi-task learning, CVPR 2016, equation 1.
public final class CrossStitch: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``CrossStitch``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.flat
    @Setting(
      "Layer sizes of each objective's network.", each: 1...8192, minimumCount: 1,
      search: .choice([[64], [64, 64], [128, 64]]))
    public var networkSizes = [64, 64]
    @Setting(
      "Initial factor of a network's own activations; the others share the rest.", in: 0...1,
      search: .choice([0.5, 0.9]))
    public var ownShare = 0.9
    @Setting("Whether every channel has factors of its own.")
    public var perChannel = false
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "cross-stitch", title: "Cross-Stitch", group: "Shared and gated",
    paper: "Misra et al., Cross-stitch networks for multi-task learning, CVPR 2016",
    deviations: [
      "Networks are perceptrons on the input representation, with a unit after every hidden layer; the paper stitches pooling and fully connected layers of convolutional networks.",
      "For more than two objectives the initial factors of the others share 1 - ownShare equally.",
    ])

  /// A note if there is nothing to stitch.
  public var notes: [String] {
    networkCount > 1 ? [] : ["There is one objective only, so no cross-stitch units are used."]
  }

  private let axis: ScenarioAxis
  private let problem: Problem
  private let networkCount: Int
  private let input: InputLayer
  private let layers: [MLPBank]
  private let units: [StitchUnit]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.problem = problem
    axis = settings.axis
    let count = problem.tasks.count * (axis == .flat ? problem.scenarios.leafCount : 1)
    networkCount = count
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    let sizes = [input.outputSize] + settings.networkSizes
    layers = zip(sizes, settings.networkSizes).enumerated().map { depth, size in
      settings.towers.mlpBank(
        inputSize: size.0, sizes: [size.1],
        scopes: (0..<count).map { scope["networks"][depth][$0] })
    }
    units =
      count < 2
      ? []
      : settings.networkSizes.enumerated().map { depth, size in
        StitchUnit(settings, networkCount: count, size: size, scope: scope["units"][depth])
      }
    towers = try Towers(
      settings.towers, inputSize: sizes[sizes.count - 1], axis: axis, problem: problem,
      scope: scope["towers"])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let parts = ScenarioParts(batch, axis: axis, leafCount: problem.scenarios.leafCount)
    var h = parts.ordered(input(batch, in: context))
    var segments = Segments.all(rowCount: batch.rowCount, count: networkCount)
    for (depth, layer) in layers.enumerated() {
      h = layer(h, segments: segments, in: context)
      if !units.isEmpty { h = units[depth](h, in: context) }
      segments = segments.following
    }
    let inputs = problem.tasks.indices.map { task in
      stackedRows(
        parts.segments.output.enumerated().map { part, rows in
          let start = segments.output[part * problem.tasks.count + task].lowerBound
          return h.rows(rows.map { Int32(start + $0) })
        })
    }
    return towers(inputs, parts: parts, in: context)
  }
}

/// Mixes the activations of all networks after one layer.
private final class StitchUnit {
  private let factors: Parameter
  private let networkCount: Int
  private let perChannel: Bool

  /// factors: `[networks, networks]`, or `[networks · networks, size]` per channel.
  init(_ settings: CrossStitch.Hyperparameters, networkCount: Int, size: Int, scope: ParameterScope)
  {
    self.networkCount = networkCount
    perChannel = settings.perChannel
    let width = perChannel ? size : 1
    factors = scope.parameter(
      "factors",
      shape: perChannel ? [networkCount * networkCount, size] : [networkCount, networkCount],
      initializer: .constant(Float((1 - settings.ownShare) / Double(networkCount - 1))),
      decays: false)
    factors.value.withUnsafeMutableBufferPointer { values in
      for network in 0..<networkCount {
        let own = network * (networkCount + 1) * width
        for channel in 0..<width { values[own + channel] = Float(settings.ownShare) }
      }
    }
  }

  /// x, result: `[networks · rows, size]`, sorted by network.
  func callAsFunction(_ x: Variable, in context: ForwardContext) -> Variable {
    let rowCount = x.shape[0] / networkCount
    let factors = context(self.factors)
    guard perChannel else {
      let columns = rowCount * x.shape[1]
      return factors.affine(weight: x.reshaped(to: [networkCount, columns])).reshaped(to: x.shape)
    }
    let outputs = (0..<networkCount).map { Int32($0) }
    let activations = outputs.map { network in
      x.rows((0..<Int32(rowCount)).map { network * Int32(rowCount) + $0 })
    }
    return stackedRows(
      outputs.map { output in
        sum(
          activations.enumerated().map { network, activation in
            let pair = output * Int32(networkCount) + Int32(network)
            return activation * factors.rows([Int32](repeating: pair, count: rowCount))
          })
      })
  }
}
