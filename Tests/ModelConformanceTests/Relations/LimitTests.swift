import Baselines
import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

/// Models that are simpler ones where some of their weights have special values.
@Suite("Limits of models") struct LimitTests {
  private func build(
    _ id: String, _ settings: [String: ConfigurationValue] = [:], for tiny: TinyProblem = .oneLevel,
    seed: UInt64 = 1
  ) throws -> BuiltModel {
    let built = try catalog.entry(id).buildSmall(settings, for: tiny.problem, seed: seed)
    built.shake()
    return built
  }

  private func expectSame(
    _ model: BuiltModel, _ other: BuiltModel, on tiny: TinyProblem = .oneLevel,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let rows = tiny.validation.first(60)
    expectClose(
      model.logits(rows), other.logits(rows), relative: 2e-5, absolute: 2e-5,
      sourceLocation: sourceLocation)
  }

  private func identity(_ size: Int, blocks: Int = 1) -> Tensor {
    Tensor(
      (0..<blocks * size * size).map { $0 / size % size == $0 % size ? 1 : 0 },
      shape: [blocks * size, size])
  }

  @Test func oneTaskAloneIsASharedBottom() throws {
    let alone = try build("single-task", for: .oneTask)
    let bottom = try build("shared-bottom", ["axis": .string("task")], for: .oneTask, seed: 2)
    bottom.copyWeights(from: alone) { name in
      name.hasPrefix("input/")
        ? "tasks/click/" + name : name.replacing("bottom/", with: "tasks/click/network/")
    }
    expectSame(alone, bottom, on: .oneTask)
  }

  @Test func oneScenarioAloneIsASharedBottom() throws {
    let alone = try build("per-scenario", for: .oneScenario)
    let bottom = try build("shared-bottom", for: .oneScenario, seed: 2)
    bottom.copyWeights(from: alone) { name in
      name.hasPrefix("input/")
        ? "networks/" + name : name.replacing("bottom/", with: "networks/")
    }
    expectSame(alone, bottom, on: .oneScenario)
  }

  /// With equal tables in all scenarios, it does not matter whose table a row reads.
  @Test func scenariosWithEqualTablesShareEmbeddings() throws {
    let shared = try build("per-scenario", ["sharedEmbeddings": .bool(true)])
    let own = try build("per-scenario", seed: 2)
    own.copyWeights(from: shared) { name in
      name.replacing(/^networks\/scenario\/\d+\/input\//, with: "input/")
    }
    expectSame(shared, own)
  }

  @Test func aFactorizationMachineWithoutFactorsIsLogisticRegression() throws {
    let machine = try build("fm")
    let linear = try build("logistic-regression", seed: 2)
    let tasks = TinyProblem.oneLevel.problem.tasks
    var columns: [[Float]] = []
    for task in tasks {
      var column = try machine.parameter("tasks/\(task.name)/bias").value.values
      for name in ["table", "numericals"] {
        let parameter = try machine.parameter("tasks/\(task.name)/input/\(name)")
        let (width, values) = (parameter.value.columnCount, parameter.value.values)
        column += stride(from: 0, to: values.count, by: width).map { values[$0] }
        parameter.value.assign(
          Tensor(
            values.enumerated().map { $0 % width == 0 ? $1 : 0 }, shape: parameter.value.shape))
      }
      columns.append(column)
    }
    let weights = try linear.parameter("weights")
    weights.value.assign(
      Tensor(
        columns[0].indices.flatMap { row in columns.map { $0[row] } }, shape: weights.value.shape))
    expectSame(machine, linear)
  }

  @Test func deepFMWithoutItsDeepPartIsAFactorizationMachine() throws {
    let machine = try build("fm")
    let deep = try build("deepfm", seed: 2)
    deep.fill("/output/weight", with: 0)
    deep.copyWeights(from: machine) { name in
      if name.hasSuffix("/output/bias") {
        return "tasks/" + name.split(separator: "/")[1] + "/bias"
      }
      return name.contains("/input/") ? name : nil
    }
    expectSame(machine, deep)
  }

  @Test(arguments: ["full", "low-rank", "mixture"])
  func crossLayersWithoutWeightsLeaveASingleTaskNetwork(form: String) throws {
    let crossed = try build("dcn-v2", ["crossForm": .string(form)])
    for name in form == "full" ? ["/cross/"] : ["/right", "/bias"] {
      for parameter in crossed.store.parameters
      where parameter.name.contains("/cross/") && parameter.name.contains(name) {
        parameter.value.assign(Tensor(zeros: parameter.value.shape))
      }
    }
    let plain = try build("single-task", seed: 2)
    plain.copyWeights(from: crossed) { $0.replacing("/network/", with: "/deep/") }
    expectSame(crossed, plain)
  }

  @Test(arguments: ["stacked", "parallel"])
  func aLowRankCrossLayerIsAFullOneWithTheProductOfItsMatrices(structure: String) throws {
    let common: [String: ConfigurationValue] = ["structure": .string(structure)]
    let thin = try build(
      "dcn-v2",
      common.merging(["crossForm": .string("low-rank"), "crossRank": .integer(3)]) { $1 })
    let full = try build("dcn-v2", common, seed: 2)
    full.copyWeights(from: thin) {
      $0.contains("/cross/") && $0.hasSuffix("/weight") ? nil : $0
    }
    for parameter in full.store.parameters
    where parameter.name.contains("/cross/") && parameter.name.hasSuffix("/weight") {
      let path = parameter.name.dropLast("weight".count)
      let product = Variable(try thin.parameter(path + "left").value)
        .matmul(Variable(try thin.parameter(path + "right").value))
      parameter.value.assign(product.value)
    }
    expectSame(thin, full)
  }

  /// One sub-network on one level, its connections open and without a transformation.
  @Test(arguments: ["flat", "task"])
  func oneSubnetworkThroughOpenConnectionsIsASharedBottom(axis: String) throws {
    let routed = try build(
      "snr-trans",
      ["axis": .string(axis), "levelCount": .integer(1), "subnetworkCount": .integer(1)])
    routed.fill("routes/logits", with: 12)
    for parameter in routed.store.parameters
    where parameter.name.hasPrefix("routes/") && parameter.name.hasSuffix("/weight") {
      parameter.value.assign(identity(parameter.value.shape[1]))
    }
    let bottom = try build(
      "shared-bottom", ["axis": .string(axis), "bottomSizes": .list([.integer(6)])], seed: 2)
    bottom.copyWeights(from: routed) { $0.replacing("bottom/", with: "levels/0/0/") }
    expectSame(routed, bottom)
  }

  /// With all connections open, levels of sub-networks are layers of a network.
  @Test func openConnectionsAreDenseLayers() throws {
    let routed = try build("snr-trans", ["subnetworkCount": .integer(3)])
    let closed = try build("snr-trans", ["subnetworkCount": .integer(3)])
    routed.fill("logits", with: 12)
    closed.fill("logits", with: -12)
    let rows = TinyProblem.oneLevel.validation.first(30)
    let biases = closed.logits(rows)
    #expect(bits(biases) != bits(routed.logits(rows)))
    // Closed connections carry nothing: all rows of a scenario are alike.
    for leaf in Int32(0)..<3 {
      let own = (0..<30).filter { rows.batch.leaves[$0] == leaf }
        .map { biases.values[$0 * 2..<$0 * 2 + 2] }
      #expect(own.allSatisfy { $0.elementsEqual(own[0]) })
    }
  }

  /// A single expert is its own mixture, and the residual adds it once more.
  @Test func adaTTWithOneTaskAndOneExpertIsASharedBottomOfTwiceTheSize() throws {
    let settings: [String: ConfigurationValue] = [
      "axis": .string("task"), "levelCount": .integer(1), "specificExpertCount": .integer(1),
    ]
    let adaptive = try build("adatt", settings, for: .oneTask)
    let bottom = try build(
      "shared-bottom", ["axis": .string("task"), "bottomSizes": .list([.integer(6)])],
      for: .oneTask, seed: 2)
    bottom.copyWeights(from: adaptive) { name in
      name.replacing("bottom/", with: "levels/0/specific/0/0/")
    }
    for parameter in bottom.store.parameters where parameter.name.hasPrefix("bottom/") {
      parameter.value.assign(
        Tensor(parameter.value.values.map { 2 * $0 }, shape: parameter.value.shape))
    }
    expectSame(adaptive, bottom, on: .oneTask)
  }

  /// Without tables of their own, and with the experts of other tasks shut out, tasks have CGC.
  @Test func stemWithoutItsOwnTablesIsCGC() throws {
    let sizes: [String: ConfigurationValue] = ["expertSizes": .list([.integer(6)])]
    let stem = try build(
      "stem", sizes.merging(["sharedEmbedding": .bool(true), "gateSizes": .list([])]) { $1 })
    let cgc = try build(
      "ple",
      sizes.merging([
        "axis": .string("task"), "levelCount": .integer(1), "specificExpertCount": .integer(1),
        "sharedExpertCount": .integer(1),
      ]) { $1 }, seed: 2)
    cgc.copyWeights(from: stem) { $0.contains("/gates/") ? nil : $0 }
    for (task, name) in ["click", "purchase"].enumerated() {
      let gate = try cgc.parameter("levels/0/gates/\(name)/weight").value
      // [inputs, own and shared] to [inputs, click, purchase and shared], halved since the gate reads x twice.
      let wide = gate.values.chunked(by: 2).flatMap { own -> [Float] in
        task == 0 ? [own[0] / 2, 0, own[1] / 2] : [0, own[0] / 2, own[1] / 2]
      }
      try stem.parameter("levels/0/gates/\(name)/weight").value
        .assign(Tensor(wide, shape: [gate.shape[0], 3]))
      try stem.parameter("levels/0/gates/\(name)/bias").value
        .assign(Tensor(task == 0 ? [0, -1e4, 0] : [-1e4, 0, 0], shape: [3]))
    }
    expectSame(stem, cgc)
  }

  @Test(arguments: ["flat", "task"])
  func selectorsThatHaveDecidedLeaveOneExpert(axis: String) throws {
    let selective = try build(
      "dselect-k",
      ["axis": .string(axis), "perExample": .bool(false), "expertCount": .integer(4)])
    // Bits 0 and 1 of both selectors: expert 2.
    for parameter in selective.store.parameters where parameter.name.hasSuffix("/codes") {
      parameter.value.assign(Tensor([-1, 1, -1, 1], shape: [4]))
    }
    let bottom = try build(
      "shared-bottom", ["axis": .string(axis), "bottomSizes": .list([.integer(7), .integer(6)])],
      seed: 2)
    bottom.copyWeights(from: selective) { $0.replacing("bottom/", with: "experts/2/") }
    expectSame(selective, bottom)
  }

  /// Without chains nothing flows, and without stitching nothing is mixed.
  @Test func resFlowWithoutChainsIsCrossStitchWithoutStitching() throws {
    let common: [String: ConfigurationValue] = [
      "axis": .string("task"), "networkSizes": .list([.integer(7), .integer(6)]),
      "towerSizes": .list([]),
    ]
    let flow = try build("resflow", common)
    let stitched = try build("cross-stitch", common, seed: 2)
    for parameter in stitched.store.parameters where parameter.name.hasPrefix("units/") {
      parameter.value.assign(identity(2))
    }
    stitched.copyWeights(from: flow) { name in
      guard name.hasPrefix("networks/") else { return name.hasPrefix("units/") ? nil : name }
      return name.replacing(/^networks\/(\d)\/(\d)\//) { match in
        "networks/\(match.output.1)/\(match.output.2 == "0" ? "click" : "purchase")/"
      }
    }
    expectSame(flow, stitched)
  }

  /// Gates of zeros weigh all alike, and feature gates of zeros leave an expert's input as it is.
  @Test func featureGatesOfZerosLeaveTheInputAsItIs() throws {
    let gated = try build("home", ["gateRank": .integer(2)])
    let other = try build("home", ["gateRank": .integer(5)], seed: 2)
    for model in [gated, other] { model.fill("/gate/left", with: 0) }
    other.copyWeights(from: gated) { $0.contains("/gate/") ? nil : $0 }
    let rows = TinyProblem.oneLevel.validation.first(60)
    #expect(bits(gated.logits(rows)) == bits(other.logits(rows)))
  }
}
