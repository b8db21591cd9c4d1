import Configuration
import Layers
import Ranking
import TensorCore

/// Adaptive recommendation for all domains: levels of towers, of whose connections every scenario
/// keeps those that its gates weigh most.
///
///     h_{0,t} = f_{0,t}(Σ_i softmax(x G_t)_i · E_i(x))                         for every tower t
///     h_{l,t} = f_{l,t}(Σ_{k in M_s(l,t)} w_{l,t,k} · h_{l-1,k})                for levels l ≥ 1
///     w_{l,t} = softmax over M_s(l,t) of [e_s; g_s] V_{l,t} + v_{l,t}
///     logit_o = tower_o([m_1 h_{L,1}; …; m_n h_{L,n}]),   m_t = 1 / (active towers), or 0
///
/// - x: `[rows, inputSize]`; s: the row's scenario, a leaf of the tree; E: experts, as in MMoE;
///   M_s(l, t): the towers of level l - 1 that are connected with tower t for s; e_s: the embedding
///   of s; g_s: the mean of the vectors of the towers of level 0 that are active for s; G: without
///   bias; o: a task, or a task in a scenario on the flat axis. A tower is active for s if it is
///   connected with an active tower below and above; rows pass only through active towers. With
///   towerSizes [], the prediction is the mean of the log-odds that the active towers of the last
///   level give.
///
/// A run has three phases. First all towers are connected. Then every scenario keeps the
/// `keptShare` of its connections with the greatest gate values, and loses another `prunedShare` of
/// them after every `pruningSteps` steps, rounded down: with fewer than 1 / `prunedShare` connections
/// none. Then connections are fixed. A gate value is w times the number of towers of the level below,
/// so that 1 is average at every level as long as all of these are connected. A scenario is never left
/// without a path from the first level to the last.
///
/// Source: Luo et al., One for dozens: adaptive recommendation for all domains with counterfactual
/// augmentation, AAAI 2025, arXiv 2412.11905; the authors' released code.
public final class AREAD: RankingModel {
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  /// The settings of ``AREAD``.
  public struct Hyperparameters: HyperparameterSet {
    @Setting(
      "One objective per task and scenario (flat), or per task.", search: .choice([.flat, .task]))
    public var axis = ScenarioAxis.task
    @Setting("Experts below the towers.", in: 1...256, search: .choice([4, 8]))
    public var expertCount = 4
    @Setting("Layer sizes of an expert.", each: 1...8192, minimumCount: 1)
    public var expertSizes = [128, 64]
    @Setting("Towers of every level.", each: 1...256, minimumCount: 2)
    public var levelCounts = [3, 6, 9]
    @Setting("Columns of the towers of every level.", each: 1...8192, minimumCount: 2)
    public var levelSizes = [32, 16, 8]
    @Setting("Columns of the embeddings of scenarios and towers that gates read.", in: 1...512)
    public var indicatorSize = 16
    @Setting("Share of the steps before connections are removed.", in: 0.01...0.98)
    public var warmUpShare = 0.3
    @Setting("Share of the steps in which connections are removed.", in: 0.01...0.98)
    public var pruningShare = 0.3
    @Setting("Share of the connections that are kept at first.", in: 0.01...1)
    public var keptShare = 0.7
    @Setting("Share of the remaining connections that each further removal takes.", in: 0...0.99)
    public var prunedShare = 0.05
    @Setting("Steps between removals.", in: 1...1_000_000)
    public var pruningSteps = 100
    public var input = InputHyperparameters()
    public var towers = TowerHyperparameters()

    public init() {}

    /// Rejects levels whose counts and sizes differ in number, and shares that leave no steps with
    /// fixed connections.
    ///
    /// - Throws: ``Diagnostic``.
    public func validate() throws {
      guard levelCounts.count == levelSizes.count else {
        throw Diagnostic(
          "levelCounts has \(levelCounts.count) levels, but levelSizes has \(levelSizes.count)")
      }
      guard warmUpShare + pruningShare < 1 else {
        throw Diagnostic(
          "warmUpShare and pruningShare are \(warmUpShare) and \(pruningShare), which leaves no steps "
            + "with fixed connections")
      }
    }
  }

  /// The description of the model.
  public static let card = MethodCard(
    id: "aread", title: "AREAD (connections by gates)", group: "Scenarios",
    paper: "Luo et al., One for dozens: adaptive recommendation for all domains with "
      + "counterfactual augmentation (AREAD), AAAI 2025, arXiv 2412.11905",
    deviations: [
      "There is no counterfactual augmentation: rows are not copied to scenarios with few rows.",
      "Connections are removed by gate values alone. The paper tries random and gate-based candidates and keeps those that lower the validation loss of the scenario, but no model sees validation rows here; the released code compares losses of training batches.",
      "Connections are removed in one phase, during training, and never return. The released code chooses them anew at intervals through all of training, from candidates with random changes that are trained and pruned for a few steps and then discarded but for their connections.",
      "Gate values are compared over all levels together, times the number of towers of the level below, so that their average is 1 at every level before any is removed; the released code takes the least quantile of any level.",
      "The number of connections to remove is rounded down, so a share of few connections may remove none.",
      "Gate values are those after the softmax over the connections that are kept; the released code compares values of the softmax over all.",
      "Gates of the first level have no bias, as in MMoE; in the released code they have one.",
      "Towers of a level have one layer.",
      "The towers of all models read the last level; the paper has one task, and one output per tower of the last level, whose probabilities are averaged, and in the released code each has a loss of its own.",
      "Batches have rows of all scenarios, and batch normalization is off by default (setting batchNorm); in the released code all networks have it, and a batch is of one scenario.",
      "There is no linear or cross network beside the towers.",
      "Before connections are removed, gates read the mean vector of all towers of the first level; in the released code they read zeros.",
    ])

  /// A note if there is one scenario.
  public var notes: [String] {
    leafCount > 1
      ? [] : ["There is one scenario only, so no two scenarios differ in their connections."]
  }

  private static let (warmUp, pruning, fixed) = ("warm-up", "pruning", "fixed connections")

  private let settings: Hyperparameters
  private let leafCount: Int
  private let input: InputLayer
  private let experts: ExpertBank
  private let gates: SoftmaxGates
  private let scenarios: EmbeddingTable
  private let groups: EmbeddingTable
  private let connections: TowerConnections
  private let levelGates: [(weight: Parameter, bias: Parameter)]
  private let levels: [MLPBank]
  private let towers: Towers

  /// Creates the model with fresh weights.
  public init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    self.settings = settings
    leafCount = problem.scenarios.leafCount
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    experts = ExpertBank(
      inputSize: input.outputSize, sizes: settings.expertSizes,
      activation: settings.towers.activation, norm: settings.towers.batchNorm ? .dense : .none,
      dropoutRate: settings.towers.dropout,
      scopes: (0..<settings.expertCount).map { scope["experts"][$0] })
    let (counts, size) = (settings.levelCounts, settings.indicatorSize)
    gates = SoftmaxGates(
      inputSize: input.outputSize, gateCount: counts[0], expertCount: settings.expertCount,
      scopes: [scope["gates"]])
    scenarios = EmbeddingTable(
      count: leafCount, size: size, scope: scope["indicators"]["scenario"])
    groups = EmbeddingTable(count: counts[0], size: size, scope: scope["indicators"]["tower"])
    connections = TowerConnections(
      counts: counts, leafCount: leafCount, scope: scope["connections"])
    levelGates = (1..<counts.count).map { level in
      let scope = scope["levels"][level]["gates"]
      let columns = counts[level] * counts[level - 1]
      return (
        scope.weight(shape: [2 * size, columns]),
        scope.parameter("bias", shape: [columns], initializer: .zeros, decays: false)
      )
    }
    let sizes = [experts.outputSize] + settings.levelSizes
    levels = counts.indices.map { level in
      MLPBank(
        inputSize: sizes[level], sizes: [sizes[level + 1]], activation: settings.towers.activation,
        normalizes: settings.towers.batchNorm, dropoutRate: settings.towers.dropout,
        scopes: (0..<counts[level]).map { scope["levels"][level]["towers"][$0] })
    }
    towers = try Towers(
      settings.towers, inputSize: counts[counts.count - 1] * sizes[sizes.count - 1],
      axis: settings.axis, problem: problem, scope: scope["towers"])
  }

  /// Training with all connections, with fewer and fewer, and with those that are left.
  public var phases: TrainingPhases {
    TrainingPhases(once: [
      TrainingPhase(Self.warmUp, length: .share(settings.warmUpShare)),
      TrainingPhase(Self.pruning, length: .share(settings.pruningShare)),
      TrainingPhase(Self.fixed, length: .rest),
    ])
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let moment = context.moment
    if context.updatesBuffers, moment.phase == Self.pruning,
      moment.phaseStep % settings.pruningSteps == 0
    {
      connections.remove(
        moment.phaseStep == 0 ? 1 - settings.keptShare : settings.prunedShare,
        byWeights: levelWeights(in: .evaluation(at: moment)).map(\.value))
    }
    let ordered = ScenarioParts(batch, axis: .flat, leafCount: leafCount)
    let x = ordered.ordered(input(batch, in: context))
    let leaves = ordered.segments.output.enumerated().flatMap { leaf, rows in
      rows.map { _ in Int32(leaf) }
    }
    let outputs = experts.outputs(x, in: context)
    let firstWeights = gates(x, segments: ordered.segments, in: context)
    let dense = Routing(denseOver: leaves.count, expertCount: settings.expertCount).positions
    var routing = connections.routing(of: leaves, level: 0)
    var h = levels[0](
      stackedRows(
        firstWeights.enumerated().map { tower, weights in
          let rows = routing.rows(of: tower)
          return outputs.mixed(
            by: weights.rows(rows), positions: rows.choosing(from: dense, settings.expertCount))
        }), segments: routing.segments, in: context)
    for (below, weights) in levelWeights(in: context).enumerated() {
      let next = connections.routing(of: leaves, level: below + 1)
      let (count, belowCount) = (settings.levelCounts[below + 1], settings.levelCounts[below])
      let inputs = (0..<count).map { tower in
        let rows = next.rows(of: tower)
        let own = weights.rows(rows.map { leaves[Int($0)] * Int32(count) + Int32(tower) })
        context.observer?.show("levels/\(below + 1)/gates/\(tower)", own.value)
        return h.mixed(
          by: own, positions: rows.choosing(from: routing.positions, belowCount))
      }
      h = levels[below + 1](stackedRows(inputs), segments: next.segments, in: context)
      routing = next
    }
    let seen = ordered.restored(lastLevel(h, routing))
    let parts = ScenarioParts(batch, axis: settings.axis, leafCount: leafCount)
    return towers(parts.ordered(seen), parts: parts, in: context)
  }

  /// Returns w of every level but the first: `[leafCount · towers, towers below]`.
  private func levelWeights(in context: ForwardContext) -> [Variable] {
    let active = connections.activeTowers(level: 0)
    let count = settings.levelCounts[0]
    let means = (0..<leafCount).flatMap { leaf -> [Float] in
      let own = active[leaf * count..<(leaf + 1) * count]
      let sum = Float(max(1, own.count { $0 != 0 }))
      return own.map { $0 == 0 ? 0 : 1 / sum }
    }
    let vectors = groups((0..<Int32(count)).map { $0 }, in: context)
    let known = concatenated([
      scenarios((0..<Int32(leafCount)).map { $0 }, in: context),
      Variable(Tensor(means, shape: [leafCount, count])).matmul(vectors),
    ])
    return levelGates.enumerated().map { below, gate in
      let (count, belowCount) = (settings.levelCounts[below + 1], settings.levelCounts[below])
      return known.affine(weight: context(gate.weight), bias: context(gate.bias))
        .reshaped(to: [leafCount * count, belowCount])
        .softmax(keeping: connections.kept(level: below + 1))
    }
  }

  /// Returns the outputs of the last level side by side, those of inactive towers as zeros, divided
  /// by the number of active towers.
  private func lastLevel(_ h: Variable, _ routing: Routing) -> Variable {
    let (rowCount, count) = (routing.rowCount, routing.expertCount)
    let activeCounts = (0..<rowCount).map { row in
      routing.positions[row * count..<(row + 1) * count].count { $0 >= 0 }
    }
    return concatenated(
      (0..<count).map { tower in
        let positions = (0..<rowCount).map { routing.positions[$0 * count + tower] }
        let factors = zip(positions, activeCounts).map { $0 < 0 ? 0 : 1 / Float($1) }
        return h.mixed(
          by: Variable(Tensor(factors, shape: [rowCount, 1])), positions: positions)
      })
  }
}

extension Routing {
  /// Returns the rows that are routed to an expert.
  fileprivate func rows(of expert: Int) -> [Int32] {
    let all = rows ?? []
    return Array(all[segments.output[expert]])
  }
}

extension [Int32] {
  /// Returns the numbers of these rows in a matrix with a number of columns, row-major.
  fileprivate func choosing(from matrix: [Int32], _ columns: Int) -> [Int32] {
    flatMap { matrix[Int($0) * columns..<(Int($0) + 1) * columns] }
  }
}

/// The connections between towers of consecutive levels, for every scenario.
private final class TowerConnections {
  private let counts: [Int]
  private let leafCount: Int
  /// For every level but the first, 1 for a connection and 0 for none: `[leafCount, towers · towers
  /// below]`.
  private let masks: [StateBuffer]

  init(counts: [Int], leafCount: Int, scope: ParameterScope) {
    self.counts = counts
    self.leafCount = leafCount
    masks = (1..<counts.count).map { level in
      scope[level].buffer(
        "mask", shape: [leafCount, counts[level] * counts[level - 1]], repeating: 1)
    }
  }

  /// Returns one byte for every leaf, tower of a level and tower below.
  func kept(level: Int) -> [UInt8] { masks[level - 1].value.values.map { $0 == 0 ? 0 : 1 } }

  /// Returns one byte for every leaf and tower of a level.
  ///
  /// After ``remove(_:byWeights:)``, a tower of a middle level has connections on both sides or
  /// none.
  func activeTowers(level: Int) -> [UInt8] {
    let isFirst = level == 0
    let kept = kept(level: isFirst ? 1 : level)
    let (above, below) = isFirst ? (counts[1], counts[0]) : (counts[level], counts[level - 1])
    return (0..<leafCount).flatMap { leaf in
      (0..<counts[level]).map { tower -> UInt8 in
        let edges = (0..<(isFirst ? above : below)).map { other in
          isFirst ? (leaf * above + other) * below + tower : (leaf * above + tower) * below + other
        }
        return edges.contains { kept[$0] != 0 } ? 1 : 0
      }
    }
  }

  /// Returns the routing of rows to the active towers of a level.
  func routing(of leaves: [Int32], level: Int) -> Routing {
    let (active, count) = (activeTowers(level: level), counts[level])
    return Routing(
      selected: leaves.flatMap { active[Int($0) * count..<(Int($0) + 1) * count] },
      rowCount: leaves.count, expertCount: count)
  }

  /// Removes a share of the connections of every leaf: those with the least weights, relative to
  /// the average of their level, and those that then lead nowhere.
  ///
  /// - weights: For every level but the first, `[leafCount · towers, towers below]`.
  func remove(_ share: Double, byWeights weights: [Tensor]) {
    for leaf in 0..<leafCount {
      var kept = masks.map { Array($0.value.values.chunk(leaf, of: leafCount)) }
      var present: [(level: Int, edge: Int, weight: Float)] = []
      for (level, weights) in weights.enumerated() {
        let own = Array(weights.values.chunk(leaf, of: leafCount))
        for edge in own.indices where kept[level][edge] != 0 {
          present.append((level, edge, own[edge] * Float(counts[level])))
        }
      }
      // Ties go to the lower level and number.
      let order = present.indices.sorted {
        (present[$0].weight, $0) < (present[$1].weight, $1)
      }
      // A product that is a whole number but for rounding is that number.
      for index in order.prefix(Int(share * Double(present.count) + 1e-9)) {
        kept[present[index].level][present[index].edge] = 0
      }
      repair(&kept)
      guard kept[kept.count - 1].contains(where: { $0 != 0 }) else { continue }
      for (mask, kept) in zip(masks, kept) {
        mask.value.withUnsafeMutableBufferPointer { values in
          for (edge, value) in kept.enumerated() { values[leaf * kept.count + edge] = value }
        }
      }
    }
  }

  /// Removes the connections of towers of middle levels that have none on one side.
  private func repair(_ kept: inout [[Float]]) {
    var isChanged = true
    while isChanged {
      isChanged = false
      for level in 1..<max(1, counts.count - 1) {
        let (count, below, above) = (counts[level], counts[level - 1], counts[level + 1])
        for tower in 0..<count {
          let into = (0..<below).map { tower * below + $0 }
          let outOf = (0..<above).map { $0 * count + tower }
          let hasInput = into.contains { kept[level - 1][$0] != 0 }
          let hasOutput = outOf.contains { kept[level][$0] != 0 }
          guard hasInput != hasOutput else { continue }
          for edge in into { kept[level - 1][edge] = 0 }
          for edge in outOf { kept[level][edge] = 0 }
          isChanged = true
        }
      }
    }
  }
}

extension [Float] {
  /// Returns one of a number of equal parts.
  fileprivate func chunk(_ index: Int, of count: Int) -> ArraySlice<Float> {
    let size = self.count / count
    return self[index * size..<(index + 1) * size]
  }
}
