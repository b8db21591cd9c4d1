import Baselines
import Configuration
import Layers
import Ranking
import TensorCore
import TestKit
import Testing
import Training

/// What other implementations of these models get wrong, and the suites of the catalog do not look for.
@Suite("Faults of other implementations of scenario models")
struct ScenarioTrapTests {
  private let tiny = TinyProblem.oneLevel

  private func build(
    _ id: String, _ settings: [String: ConfigurationValue] = [:], for tiny: TinyProblem? = nil
  ) throws -> BuiltModel {
    let built = try catalog.entry(id).buildSmall(
      settings, for: (tiny ?? self.tiny).problem, seed: 1)
    built.shake()
    return built
  }

  @Test(arguments: [
    "hmoe", "sar-net", "m2m", "hinet", "m3oe", "hyper-gate", "hierrec",
  ])
  func mixturesShowTheirWeights(id: String) throws {
    let observer = Observer()
    _ = try build(id).logits(tiny.training.first(20), observer: observer)
    #expect(!observer.observations.isEmpty)
  }

  // MARK: HMoE

  /// It mixes the predictions of all scenarios, so the own one has a say through features alone.
  ///
  /// A mixture of hidden layers would be read by the own scenario's output.
  @Test func hmoeMixesPredictions() throws {
    let built = try build("hmoe", ["scenarioFeature": .bool(false)])
    let perScenario = (0..<Int32(3)).map { leaf in
      let moved = tiny.training.rows.prefix(40).map { row in
        var row = row
        row.leaf = leaf
        return row
      }
      return built.logits(InMemoryRows(problem: tiny.problem, rows: moved).all)
    }
    for logits in perScenario.dropFirst() {
      expectClose(logits, perScenario[0], relative: 1e-4, absolute: 1e-4)
    }
  }

  /// With stopped gradient only the own scenario's parameters learn; without, all do.
  @Test(arguments: ["stop-gradient", "gradient"])
  func hmoeTrainsOtherScenariosOnlyIfAsked(transfer: String) throws {
    let built = try build("hmoe", ["transfer": .string(transfer)])
    built.train(tiny.training.filtered { $0.leaf == 1 }.all)
    let others = built.store.parameters.filter {
      $0.name.contains("/scenario/0/") || $0.name.contains("/scenario/2/")
    }
    #expect(!others.isEmpty)
    for parameter in others {
      #expect(parameter.hasZeroGradient == (transfer == "stop-gradient"), "\(parameter.name)")
    }
  }

  // MARK: PEPNet

  /// Gates of σ(relu(…)) could only be between 1 and 2.
  @Test func gateUnitsScaleDownAndUp() {
    let store = ParameterStore()
    let unit = GateUnit(
      inputSize: 4, outputSize: 5,
      scope: ParameterScope(store: store, streams: RandomStreams(seed: 1)))
    let x = Variable(Tensor(normal: "x", shape: [50, 4], deviation: 3))
    let factors = unit(x, in: .evaluation()).value.values
    #expect(factors.contains { $0 < 0.8 } && factors.contains { $0 > 1.2 })
    #expect(factors.allSatisfy { $0 > 0 && $0 < 2 })
  }

  @Test(arguments: ["ppnet", "pepnet"]) func personalizedModelsNameTheRoleThatIsMissing(id: String)
    throws
  {
    var problem = tiny.problem
    problem.roles = ["user": .user]
    let error = #expect(throws: Diagnostic.self) {
      try catalog.entry(id).buildSmall([:], for: problem, seed: 1)
    }
    #expect(error?.problem.contains("the role 'item'") == true)
  }

  /// The gate reads a copy without gradient, but x itself has one.
  @Test(arguments: ["epnet", "ppnet", "pepnet"])
  func everyColumnOfTheInputLearns(id: String) throws {
    let built = try build(id)
    built.train(tiny.training.all)
    let table = try #require(built.store.parameters.first { $0.name == "input/table" })
    let width = table.value.columnCount
    let gradient = table.gradientValues
    for row in 0..<table.value.rowCount {
      #expect(gradient[row * width..<(row + 1) * width].contains { $0 != 0 }, "row \(row)")
    }
  }

  // MARK: HiNet

  /// A hidden layer of one column with ReLU can be zero for every scenario, and stay so.
  @Test func hinetsAttentionHasAHiddenLayerThatLearns() throws {
    #expect(HiNet.Hyperparameters().attentionSizes.allSatisfy { $0 > 1 })
    for seed in 1...5 as ClosedRange<UInt64> {
      let built = try catalog.entry("hinet").build([:], for: tiny.problem, seed: seed)
      built.train(tiny.training.first(200))
      let table = try built.parameter("attention/indicators/table")
      let (gradient, width) = (table.gradientValues, table.value.columnCount)
      for row in 0..<table.value.rowCount {
        #expect(gradient[row * width..<(row + 1) * width].contains { $0 != 0 }, "\(seed), \(row)")
      }
    }
  }

  // MARK: M³oE

  @Test func m3oeTrainsItsWeightsOfExpertsInTurnsWithTheRest() throws {
    let built = try build("m3oe")
    let phases = built.phases
    #expect(phases.alternates && phases.phases.map(\.groups) == [["main"], ["balance"]])
    let balance = built.store.parameters.filter { $0.group == "balance" }.map(\.name)
    #expect(
      balance == [
        "balance/scenario/amount", "balance/scenario/ownShare", "balance/task/amount",
        "balance/task/ownShare",
      ])
    let entry = try catalog.entry("m3oe")
    for (settings, logit) in [([:], 1), (["initialLogit": .number(-2)], -2)]
      as [([String: ConfigurationValue], Float)]
    {
      let fresh = try entry.buildSmall(settings, for: tiny.problem, seed: 1)
      for name in balance { #expect(try fresh.weights(name).values == [logit]) }
    }
    #expect(
      try !entry.buildSmall(["alternates": .bool(false)], for: tiny.problem, seed: 1).phases
        .alternates)
  }

  // MARK: AdaSparse

  /// Where all factors are below the threshold, all rows have the predictions of zeros; factors of -1 would
  /// tell rows apart.
  @Test func adaSparsePrunesInsteadOfChangingSigns() throws {
    let built = try build("adasparse", ["threshold": .number(1)])
    let indicatorSize = 16
    try built.setWeights(to: 1) { $0 == "indicators/table" }
    for pruner in built.store.parameters where pruner.name.hasPrefix("pruners/") {
      let ofIndicator = indicatorSize * pruner.value.columnCount
      pruner.value.assign(
        Tensor(
          (0..<pruner.value.count).map { $0 < ofIndicator ? -1 : 0 }, shape: pruner.value.shape))
    }
    let logits = built.logits(tiny.training.first(20)).values
    #expect(Set(stride(from: 0, to: 40, by: 2).map { logits[$0] }).count == 1)
    try built.setWeights(to: 0) { $0.hasPrefix("pruners/") }
    let unpruned = built.logits(tiny.training.first(20)).values
    #expect(Set(stride(from: 0, to: 40, by: 2).map { unpruned[$0] }).count > 1)
  }

  /// Slopes grow with the epoch, not with the number of evaluations.
  @Test func adaSparseGrowsSteeperWithEpochsAlone() throws {
    let built = try build("adasparse")
    let rows = tiny.training.first(20)
    func logits(epoch: Int) -> [UInt32] {
      bits(
        built(rows.batch, in: .evaluation(at: TrainingMoment(step: epoch, stepsPerEpoch: 1)))
          .logits.value)
    }
    let first = logits(epoch: 0)
    #expect(logits(epoch: 0) == first && logits(epoch: 3) != first)
    #expect(logits(epoch: 5) == logits(epoch: 9))
  }

  /// One minus the mean factor, which is 1 with pruners of zeros, is below the interval from .15 to .25 by
  /// .2 from its middle.
  @Test func adaSparseHasItsSparsityLossOutsideOfTheIntervalOnly() throws {
    let built = try build("adasparse", ["pruning": .string("scaling")])
    try built.setWeights(to: 0) { $0.hasPrefix("pruners/") }
    func loss(_ built: BuiltModel) throws -> Double {
      let context = ForwardContext.training(
        tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
      let losses = built(tiny.training.first(20).batch, in: context).auxiliaryLosses
      return Double(try #require(losses.first { $0.name == "sparsity" }).value.value.scalar)
    }
    expectClose([try loss(built)], [0.2], relative: 1e-5, absolute: 1e-6)
    let met = try build(
      "adasparse", ["pruning": .string("scaling"), "leastSparsity": .number(0)])
    try met.setWeights(to: 0) { $0.hasPrefix("pruners/") }
    #expect(try loss(met) == 0)
  }

  // MARK: HAMUR

  /// Factors that begin as ones would be of rank one for ever.
  @Test(arguments: ["down", "up"], ["left", "right"])
  func rowsAndColumnsOfHAMURsFactorsDiffer(map: String, side: String) throws {
    let built = try catalog.entry("hamur").buildSmall([:], for: tiny.problem, seed: 1)
    let factor = try built.weights("adapters/0/\(map)/\(side)")
    let width = factor.columnCount
    func column(_ index: Int) -> [Float] {
      stride(from: index, to: factor.count, by: width).map { factor.values[$0] }
    }
    #expect(column(0) != column(1))
    #expect(factor.values[..<width] != factor.values[width..<2 * width])
  }

  @Test func hamurRefusesMoreAdaptersThanLayers() throws {
    let error = #expect(throws: Diagnostic.self) {
      try catalog.entry("hamur").resolve(["adapterCount": .integer(3)])
    }
    #expect(error?.problem == "adapterCount is 3, but networkSizes has 2 layers")
  }

  // MARK: HyperGate

  /// The gates read anchors as constants.
  @Test func hyperGateTrainsItsAnchorsByTheirOwnLossesAlone() throws {
    for weight in [0.0, 0.1] {
      let built = try build(
        "hyper-gate",
        ["scenarioLossWeight": .number(weight), "taskLossWeight": .number(weight)])
      built.train(tiny.training.all)
      let anchors = built.store.parameters.filter { $0.name.hasSuffix("/anchors") }
      #expect(anchors.count == 2)
      for parameter in anchors { #expect(parameter.hasZeroGradient == (weight == 0)) }
    }
  }

  /// The cross-entropies that train the anchors of tasks count every row on which the task is defined.
  @Test func hyperGatePredictsTasksOnAllRows() throws {
    let built = try build("hyper-gate")
    let rows = tiny.training.first(30)
    let context = ForwardContext.training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
    let predictions = built(rows.batch, in: context)
    let weights = Tensor(rows.mask.values.map { $0 / 30 }, shape: rows.mask.shape)
    let found = predictions.additionalLosses(labels: rows.labels, weights: weights)
      .filter { $0.name.hasPrefix("anchor/") }
    #expect(found.map(\.name) == ["anchor/click", "anchor/purchase"])
    #expect(found.allSatisfy { $0.weight == 0.1 })
    for (task, loss) in predictions.conditionalLosses.enumerated() {
      #expect(loss.followed == nil && loss.task == task)
      let expected = loss.logits.value.values.enumerated().reduce(0.0) { sum, row in
        let (z, cell) = (Double(row.element), row.offset * 2 + task)
        guard weights.values[cell] != 0 else { return sum }
        let share = 1 / (1 + (-z).exponential)
        let entropy = -(rows.labels.values[cell] == 1 ? share : 1 - share).naturalLogarithm
        return sum + Double(weights.values[cell]) * entropy
      }
      expectClose(Double(found[task].value.value.scalar), expected, relative: 1e-4)
    }
  }

  // MARK: AutoIFS

  /// Flows are formed without the activation of the main path, so they do not add up to it.
  @Test func autoIFSWithAllFlowsTakenAwayStillPredicts() throws {
    let built = try build("autoifs")
    try built.setWeights(to: 1000) { $0.contains(/^gates\/task\/\w+\/bias$/) }
    let logits = built.logits(tiny.training.first(20)).values
    #expect(logits.contains { abs($0) > 0.01 })
    let gates = built.store.parameters.filter { $0.group == "gates" }
    #expect(!gates.isEmpty && gates.allSatisfy { $0.name.hasPrefix("gates/") })
  }
}
