import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

/// Models whose mechanism is made to do nothing are the simpler model that is left.
@Suite("Models reduced to simpler ones")
struct ReductionTests {
  private let sizes = ConfigurationValue.list([.integer(7), .integer(6)])
  private let none = ConfigurationValue.list([])
  private let tiny = TinyProblem.oneLevel

  private func build(
    _ id: String, _ settings: [String: ConfigurationValue], seed: UInt64 = 1,
    for problem: Problem? = nil
  ) throws -> BuiltModel {
    try catalog.entry(id).buildSmall(settings, for: problem ?? tiny.problem, seed: seed)
  }

  private func expectSameBits(_ a: BuiltModel, _ b: BuiltModel, _ source: TinyProblem) {
    let rows = source.training.first(60)
    #expect(bits(a.logits(rows)) == bits(b.logits(rows)))
    let (first, second) = (a.train(rows), b.train(rows))
    #expect(bits(first.logits) == bits(second.logits), "in training")
  }

  private func expectClose(_ a: BuiltModel, _ b: BuiltModel, _ source: TinyProblem) {
    let rows = source.training.first(60)
    TestKit.expectClose(a.logits(rows), b.logits(rows), relative: 1e-5, absolute: 1e-5)
  }

  // MARK: Scenarios

  @Test func hmoeWithOneScenarioAndOneExpertIsSharedBottom() throws {
    let tiny = TinyProblem.oneScenario
    let model = try build(
      "hmoe", ["expertCount": .integer(1), "expertSizes": sizes, "towerSizes": sizes],
      for: tiny.problem)
    model.shake()
    let bottom = try build(
      "shared-bottom", ["bottomSizes": sizes, "towerSizes": sizes], seed: 2, for: tiny.problem)
    try bottom.takeWeights(from: model) { $0.replacingPrefix("bottom/", by: "experts/0/") }
    expectClose(model, bottom, tiny)
    #expect(model.notes.count == 1)
  }

  /// If all scenarios predict the same, so does their mixture.
  @Test func hmoeWhoseScenariosAreEqualIsSharedBottom() throws {
    let model = try build(
      "hmoe", ["expertCount": .integer(1), "expertSizes": sizes, "towerSizes": sizes])
    model.shake()
    let bottom = try build(
      "shared-bottom", ["axis": .string("task"), "bottomSizes": sizes, "towerSizes": sizes],
      seed: 2)
    try bottom.takeWeights(from: model) {
      $0.replacingPrefix("bottom/", by: "experts/0/")
        .replacingPrefix("towers/click/", by: "towers/click/scenario/0/")
        .replacingPrefix("towers/purchase/", by: "towers/purchase/scenario/0/")
    }
    for parameter in model.store.parameters where parameter.name.contains("/scenario/") {
      let first = parameter.name.replacing(/scenario\/\d/, with: "scenario/0")
      parameter.value.assign(try model.weights(first))
    }
    expectClose(model, bottom, tiny)
  }

  /// Fresh transforms are the identity.
  @Test func sarNetWhoseExpertsAreEqualInAllScenariosIsMMoE() throws {
    let mixture = try build(
      "mmoe", ["axis": .string("task"), "expertCount": .integer(10), "expertSizes": sizes])
    mixture.shake()
    let model = try build("sar-net", ["expertSizes": sizes], seed: 2)
    for parameter in model.store.parameters where !parameter.name.hasPrefix("transform/") {
      let twin = parameter.name.replacing(/specific\/scenario\/\d\/(\d)/) { "experts/\($0.1)" }
        .replacing(/shared\/(\d)/) { "experts/\(2 + (Int($0.1) ?? 0))" }
      parameter.value.assign(try mixture.weights(twin))
    }
    expectClose(model, mixture, tiny)
  }

  @Test func starWhoseOwnPartsDoNothingIsSharedBottom() throws {
    let model = try build("star", ["networkSizes": sizes])
    model.shake()
    func isOwn(_ name: String, _ endings: [String]) -> Bool {
      name.contains("/own/") && endings.contains { name.hasSuffix($0) }
    }
    try model.setWeights(to: 1) { isOwn($0, ["/weight", "/scale"]) }
    try model.setWeights(to: 0) {
      isOwn($0, ["/bias", "/shift"]) || $0 == "norm/shift" || $0.hasPrefix("auxiliary/")
    }
    // The root of 1 + 1e-5, by which the input is divided before training.
    try model.setWeights(to: 1.000005) { $0 == "norm/scale" }
    let bottom = try build(
      "shared-bottom", ["axis": .string("flat"), "bottomSizes": sizes], seed: 2)
    // Towers read the star network and, below it, the auxiliary one, which is zero.
    for parameter in bottom.store.parameters {
      let name = parameter.name.replacing(/^bottom\/layer(\d)/) { "layers/\($0.1)" }
      let values = try model.weights(name).values.prefix(parameter.value.count)
      parameter.value.assign(Tensor(Array(values), shape: parameter.value.shape))
    }
    expectClose(model, bottom, tiny)
  }

  @Test func adaSparseWhosePrunersAreZeroIsSharedBottom() throws {
    let model = try build(
      "adasparse", ["pruning": .string("scaling"), "bottomSizes": sizes])
    model.shake()
    try model.setWeights(to: 0) { $0.hasPrefix("pruners/") }
    let bottom = try build(
      "shared-bottom", ["axis": .string("task"), "bottomSizes": sizes], seed: 2)
    try bottom.takeWeights(from: model) {
      $0.replacing(/^bottom\/layer(\d)/) { "bottom/\($0.1)/layer0" }
    }
    expectSameBits(model, bottom, tiny)
  }

  @Test func hamurWhoseAdaptersAreZeroHasNone() throws {
    let model = try build("hamur", ["adapterCount": .integer(2)])
    model.shake()
    try model.setWeights(to: 0) { $0.contains("/up/right") || $0.contains("/norm/") }
    let plain = try build("hamur", ["adapterCount": .integer(0)], seed: 2)
    try plain.takeWeights(from: model)
    expectSameBits(model, plain, tiny)
  }

  @Test func m2mWithOneExpertAndNoGeneratedLayersIsSharedBottom() throws {
    let model = try build(
      "m2m", ["expertCount": .integer(1), "metaLayerCount": .integer(0), "expertSizes": sizes])
    model.shake()
    let bottom = try build(
      "shared-bottom", ["axis": .string("task"), "bottomSizes": sizes], seed: 2)
    try bottom.takeWeights(from: model) { $0.replacingPrefix("bottom/", by: "experts/0/") }
    expectClose(model, bottom, tiny)
  }

  @Test(arguments: ["flat", "task"]) func epnetWithGatesOfOneIsSharedBottom(axis: String) throws {
    let model = try build("epnet", ["axis": .string(axis), "bottomSizes": sizes])
    model.shake()
    try model.setWeights(to: 0) { ["domainGate/weight", "domainGate/bias"].contains($0) }
    let bottom = try build(
      "shared-bottom", ["axis": .string(axis), "bottomSizes": sizes], seed: 2)
    try bottom.takeWeights(from: model)
    expectSameBits(model, bottom, tiny)
  }

  @Test func pepnetWithAFirstGateOfOneIsPPNet() throws {
    let model = try build("pepnet", [:])
    model.shake()
    try model.setWeights(to: 0) { ["domainGate/weight", "domainGate/bias"].contains($0) }
    let personalized = try build("ppnet", [:], seed: 2)
    try personalized.takeWeights(from: model)
    expectSameBits(model, personalized, tiny)
  }

  @Test(arguments: ["flat", "task"]) func ppnetWithGatesOfOneIsOneNetworkPerTask(axis: String)
    throws
  {
    let model = try build(
      "ppnet", ["axis": .string(axis), "networkSizes": sizes, "towerSizes": none])
    model.shake()
    try model.setWeights(to: 0) { $0.contains(/^gates\/\d\/(weight|bias)$/) }
    let towers = try build(
      "shared-bottom", ["axis": .string(axis), "bottomSizes": none, "towerSizes": sizes], seed: 2)
    try towers.takeWeights(from: model) { name in
      name.replacing(/^towers\/(\w+)(\/scenario\/\d)?\/layer(\d)/) {
        "networks/\($0.3)/\($0.1)\($0.2 ?? "")/layer0"
      }
    }
    expectSameBits(model, towers, tiny)
  }

  /// Without fields, nothing is generated from them.
  @Test func hierRecWhoseGeneratorsAreZeroIsSharedBottom() throws {
    let tiny = TinyProblem.numericalsOnly
    let model = try build(
      "hierrec",
      [
        "scenarioFeature": .bool(false), "activatesGenerated": .bool(true),
        "bottomSizes": .list([.integer(7)]), "explicitSizes": .list([.integer(6)]),
        "fusionSizes": none,
      ], for: tiny.problem)
    model.shake()
    try model.setWeights(to: 0) { $0.contains("/generator/") }
    let bottom = try build(
      "shared-bottom",
      ["axis": .string("task"), "scenarioFeature": .bool(false), "bottomSizes": sizes], seed: 2,
      for: tiny.problem)
    try bottom.takeWeights(from: model) {
      $0.replacingPrefix("bottom/layer1/", by: "explicit/0/")
    }
    expectSameBits(model, bottom, tiny)
    #expect(model.notes.count == 1)
  }

  /// Adapters begin with a second matrix of zeros.
  @Test(arguments: ["shared-bottom", "mmoe"]) func mloraBeginsAsItsTrunk(trunk: String) throws {
    let model = try build("mlora", ["trunk": .string(trunk), "networkSizes": sizes])
    let plain = try build(
      trunk, ["axis": .string("task"), "bottomSizes": sizes, "expertSizes": sizes], seed: 2)
    try plain.takeWeights(from: model)
    expectSameBits(model, plain, tiny)
  }

  // MARK: Both axes

  /// A second level that ignores what is the scenario's own, which comes first in its input.
  @Test func hinetWhoseSecondLevelIgnoresOwnSubExpertsDependsOnSharedOnesAlone() throws {
    let tiny = TinyProblem.oneScenario
    let model = try build(
      "hinet",
      ["subExpertCount": .integer(1), "subExpertSizes": sizes, "expertSizes": sizes],
      for: tiny.problem)
    model.shake()
    for parameter in model.store.parameters
    where parameter.name.hasPrefix("task/")
      && (parameter.name.contains("layer0/weight") || parameter.name.hasPrefix("task/gates"))
    {
      let columns = parameter.value.columnCount
      let values = parameter.value.values.enumerated().map { $0 < 6 * columns ? 0 : $1 }
      parameter.value.assign(Tensor(values, shape: parameter.value.shape))
    }
    let rows = tiny.training.first(60)
    let before = bits(model.logits(rows))
    try model.setWeights(to: 0.3) { $0.hasPrefix("scenario/own/") }
    #expect(bits(model.logits(rows)) == before)
    try model.setWeights(to: 0.3) { $0.hasPrefix("scenario/shared/") }
    #expect(bits(model.logits(rows)) != before)
  }

  /// α is σ of a very negative number, which rounds to 0.
  @Test func m3oeWithoutAlphaDependsOnSharedExpertsAlone() throws {
    let model = try build("m3oe", [:])
    model.shake()
    let rows = tiny.training.first(60)
    try model.setWeights(to: -1000) { $0.hasSuffix("/amount") }
    let before = bits(model.logits(rows))
    try model.setWeights(to: 0.3) { $0.contains(/^experts\/(scenario|task)\//) }
    #expect(bits(model.logits(rows)) == before)
    try model.setWeights(to: 0.3) { $0.hasPrefix("experts/shared/") }
    #expect(bits(model.logits(rows)) != before)
  }

  @Test(arguments: ["flat", "task"]) func hyperGateWithoutItsMechanismsIsMMoE(axis: String) throws {
    let model = try build(
      "hyper-gate",
      [
        "axis": .string(axis), "gatesInput": .bool(false), "biasesExperts": .bool(false),
        "gatesFusion": .bool(false), "fusionSizes": none, "expertSizes": sizes,
      ])
    model.shake()
    try model.setWeights(to: 0) { $0.contains(/^fusion\/\w+\/bias$/) }
    let mixture = try build("mmoe", ["axis": .string(axis), "expertSizes": sizes], seed: 2)
    let gates = try ["click", "purchase"].map { try model.weights("fusion/\($0)/weight") }
    for parameter in mixture.store.parameters {
      guard parameter.name.hasPrefix("gates/") else {
        parameter.value.assign(try model.weights(parameter.name))
        continue
      }
      let columns = gates[0].columnCount
      let rows = (0..<gates[0].rowCount).flatMap { row in
        gates.flatMap { $0.values[row * columns..<(row + 1) * columns] }
      }
      parameter.value.assign(Tensor(rows, shape: parameter.value.shape))
    }
    expectClose(model, mixture, tiny)
  }

  /// Gates of 0 take no flow away; specific parts begin as zeros.
  @Test func autoIFSWithoutGatesAndSpecificPartsIsSharedBottom() throws {
    let model = try build("autoifs", ["bottomSizes": .list([.integer(7)])])
    try model.setWeights(to: -1000) { $0.contains(/^gates\/task\/\w+\/bias$/) }
    let sizes = ConfigurationValue.list([.integer(7), .integer(64)])
    let bottom = try build(
      "shared-bottom", ["axis": .string("task"), "bottomSizes": sizes, "towerSizes": none],
      seed: 2)
    try bottom.takeWeights(from: model) {
      $0.replacingPrefix("bottom/layer1/", by: "scenario/shared/")
        .replacing(/^towers\/\w+\/output\//, with: "task/shared/")
    }
    expectClose(model, bottom, tiny)
  }
}
