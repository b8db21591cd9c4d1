import Baselines
import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

/// Faults that other implementations of these models have, each with a test that they are not here.
@Suite("Faults of other implementations") struct TrapTests {
  private let tiny = TinyProblem.oneLevel

  private func build(
    _ id: String, _ settings: [String: ConfigurationValue] = [:]
  ) throws -> BuiltModel {
    let built = try catalog.entry(id).buildSmall(settings, for: tiny.problem, seed: 1)
    built.shake()
    return built
  }

  /// Trains on the labels of one task only.
  private func train(_ built: BuiltModel, task: Int) {
    let rows = tiny.training.all
    let mask = rows.mask.values.enumerated().map { $0 % 2 == task ? $1 : 0 }
    built.train(
      LabeledBatch(
        batch: rows.batch, labels: rows.labels, mask: Tensor(mask, shape: rows.mask.shape)))
  }

  // MARK: All models

  /// With large last layers, or large weights where there are none: nothing bounds the log-odds.
  @Test(arguments: ConformanceCase.on(.twoLevels) + ConformanceCase.on(.chained))
  func aPredictionCanExceedNinetyFivePercentAndFallBelowFive(_ model: ConformanceCase) throws {
    let count = model.tiny.problem.tasks.count
    var (high, low) = (Set<Int>(), Set<Int>())
    for sign in [Float(1), -1] {
      let built = try model.build()
      built.shake()
      let last = built.store.parameters.filter { parameter in
        parameter.name.hasSuffix("output/weight")
          || parameter.name.contains(
            /^(task\/shared\/weight|task\/specific\/\w+\/right|mixture\/\w+\/weight)$/)
      }
      let factor = sign * (last.isEmpty ? 30 : 300)
      for parameter in last.isEmpty ? built.store.parameters : last {
        parameter.value.assign(
          Tensor(parameter.value.values.map { factor * $0 }, shape: parameter.value.shape))
      }
      for (cell, logit) in built.logits(model.tiny.validation.all).values.enumerated() {
        if logit > 2.95 { high.insert(cell % count) }
        if logit < -2.95 { low.insert(cell % count) }
      }
    }
    #expect(high.count == count && low.count == count)
  }

  // MARK: SNR-Trans

  @Test func connectionsDrawNewNoiseInEveryStep() throws {
    let built = try build("snr-trans")
    let rows = tiny.training.first(40)
    let logits = [0, 1].map { bits(built.train(rows, step: $0).logits) }
    #expect(logits[0] != logits[1])
    let names = built.store.parameters.map(\.name) + built.store.buffers.map(\.name)
    #expect(!names.contains { $0.contains("noise") })
  }

  @Test func everyTransformationOfAnOpenConnectionTrains() throws {
    let built = try build("snr-trans", ["axis": .string("task")])
    built.fill("logits", with: 12)
    built.train(tiny.training.all)
    for parameter in built.store.parameters
    where parameter.name.hasPrefix("connections/") || parameter.name.hasPrefix("routes/") {
      guard parameter.name.hasSuffix("/weight") else { continue }
      let size = parameter.value.shape[1]
      for block in parameter.gradientValues.chunked(by: size * size) {
        #expect(block.contains { $0 != 0 }, "\(parameter.name)")
      }
    }
  }

  @Test func everyConnectionHasItsOwnProbability() throws {
    let built = try build("snr-trans")
    #expect(try built.parameter("connections/0/logits").value.shape == [4, 4])
    #expect(try built.parameter("routes/logits").value.shape == [6, 4])
  }

  /// The temperature divides the noise too: only then are connections all but binary at a low one.
  @Test func aLowTemperatureMakesConnectionsBinary() throws {
    let gates = try [0.01, 10].map { temperature in
      let built = try build(
        "snr-trans", ["temperature": .number(temperature), "levelCount": .integer(1)])
      built.fill("logits", with: 0)
      built.train(tiny.training.all)
      // A gate that is 0 or 1 gives its logit no gradient but that of the penalty, the same for all.
      return Set(try built.parameter("routes/logits").gradientValues).count
    }
    #expect(gates[0] < gates[1])
  }

  @Test func thePenaltyClosesConnections() throws {
    let built = try build("snr-trans", ["penalty": .number(1e3)])
    let terms = built(tiny.training.all.batch, in: .evaluation()).auxiliaryLosses
    let term = try #require(terms.first { $0.name == "open connections" })
    let logits = try ["connections/0/logits", "routes/logits"].flatMap {
      try built.parameter($0).value.values
    }
    let expected = logits.reduce(0.0) { sum, logit in
      sum + 1 / (1 + (-Double(logit) + 0.9 * (0.1 / 1.1).naturalLogarithm).exponential)
    }
    expectClose(Double(term.value.value.scalar), expected, relative: 1e-5)
    built.train(tiny.training.all)
    #expect(try built.parameter("routes/logits").gradientValues.allSatisfy { $0 > 0 })
  }

  // MARK: STEM

  @Test func aTaskDoesNotTrainTheExpertsAndTablesOfAnother() throws {
    for axis in ["flat", "task"] {
      let built = try build("stem", ["axis": .string(axis)])
      train(built, task: 0)
      let reached = built.store.parameters.filter { !$0.hasZeroGradient }.map(\.name)
      #expect(!reached.contains { $0.contains("purchase") })
      #expect(reached.contains { $0.hasPrefix("levels/0/specific/click") })
      #expect(reached.contains { $0.hasPrefix("tasks/click") && $0.hasSuffix("table") })
      #expect(reached.contains("input/table"))
    }
  }

  /// But what the other experts say reaches its predictions.
  @Test func aTaskReadsTheExpertsOfAnother() throws {
    let built = try build("stem")
    let rows = tiny.validation.first(20)
    func clicks() -> [Float] {
      let values = built.logits(rows).values
      return stride(from: 0, to: values.count, by: 2).map { values[$0] }
    }
    let before = clicks()
    built.fill("levels/0/specific/purchase", with: 0.5)
    #expect(before != clicks())
  }

  @Test func gatesOfAllLevelsAndModelsHaveTheSameShape() throws {
    let first = try build("stem", ["levelCount": .integer(3)])
    let second = try build("stem", ["levelCount": .integer(3)])
    let shapes = [first, second].map { built in
      built.store.parameters.filter { $0.name.contains("/gates/click/") }.map(\.value.shape)
    }
    #expect(shapes[0] == shapes[1])
    #expect(shapes[0][4..<8] == shapes[0][8..<12])
  }

  // MARK: DSelect-k

  /// The entropy of all tasks' selectors, not of the last task's.
  @Test(arguments: [true, false])
  func theEntropyIsThatOfTheSelectorsOfAllTasks(perExample: Bool) throws {
    let built = try build(
      "dselect-k",
      [
        "entropyWeight": .number(0.5), "axis": .string("task"), "expertCount": .integer(4),
        "perExample": .bool(perExample), "selectorCount": .integer(1),
      ])
    let observer = Observer()
    let rows = tiny.training.first(30)
    let predictions = built(rows.batch, in: .evaluation(observer: observer))
    let term = try #require(predictions.auxiliaryLosses.first)
    #expect(term.name == "selector entropy" && term.weight == 0.5)
    #expect(observer.observations.count == 2)
    let expected = observer.observations.reduce(0.0) { sum, observed in
      sum
        - observed.value.values.reduce(0.0) {
          $0 + Double($1) * (Double($1) + 1e-6).naturalLogarithm
        } / 30
    }
    expectClose(Double(term.value.value.scalar), expected, relative: 1e-4)
  }

  @Test func theWidthOfTheStepIsUsed() throws {
    let rows = tiny.validation.first(20)
    let logits = try [0.5, 4].map { width in
      let wide = try build("dselect-k", ["stepWidth": .number(width)])
      wide.copyWeights(from: try build("dselect-k"))
      return bits(wide.logits(rows))
    }
    #expect(logits[0] != logits[1])
  }

  @Test func aNumberOfExpertsThatBitsDoNotFillIsRefused() throws {
    let error = #expect(throws: Diagnostic.self) {
      try catalog.entry("dselect-k").resolve(["expertCount": .integer(6)])
    }
    #expect(error?.place == ["expertCount"])
  }

  // MARK: HoME

  /// The feature gate multiplies the input of an expert; it does not replace it.
  @Test func theInputOfAnExpertPassesItsFeatureGate() throws {
    let built = try build("home")
    // Nothing but the input of experts tells rows apart.
    for name in ["/gate/left", "/gates/", "/selfGates/", "/sharedGate/", "/sharedSelfGate/"] {
      built.fill(name, with: 0)
    }
    let rows = tiny.validation.first(20)
    let values = built.logits(rows).values.chunked(by: 2)
    #expect(Set(values.map { $0[0] }).count > 10)
  }

  // MARK: AdaTT

  /// Residual weights are free: they need neither be positive nor sum to one.
  @Test func residualWeightsAreNotNormalized() throws {
    let built = try build("adatt", ["axis": .string("task"), "levelCount": .integer(1)])
    let rows = tiny.validation.first(20)
    let residual = try built.parameter("levels/0/residuals/click/weight")
    residual.value.assign(Tensor([-3, -3], shape: [1, 2]))
    let low = built.logits(rows)
    residual.value.assign(Tensor([-2, -2], shape: [1, 2]))
    #expect(bits(low) != bits(built.logits(rows)))
  }

  // MARK: Networks without transfer

  @Test(arguments: ["single-task", "fm", "deepfm", "dcn-v2"])
  func aTaskTrainsNothingOfAnother(id: String) throws {
    let built = try build(id)
    train(built, task: 0)
    for parameter in built.store.parameters {
      #expect(parameter.hasZeroGradient == parameter.name.contains("purchase"), "\(parameter.name)")
    }
  }

  @Test func scenariosShareTablesAndNothingElse() throws {
    let own = try build("per-scenario")
    #expect(own.store.parameters.allSatisfy { $0.scenario != nil })
    let shared = try build("per-scenario", ["sharedEmbeddings": .bool(true)])
    #expect(shared.store.parameters.filter { $0.scenario == nil }.map(\.name) == ["input/table"])
  }

  // MARK: Terms of log-odds

  /// One more for every row, in the weights of a feature that each row has once.
  @Test(arguments: headCatalog.map { $0.card.id }, ["click", "purchase"])
  func aTermOfLogOddsReachesTheHead(head: String, task: String) throws {
    let tiny = TinyProblem.followed
    let built = try catalog.entry("deepfm").buildSmall(
      ["head": .string(head)], for: tiny.problem, seed: 1)
    built.shake()
    let rows = tiny.validation.first(40)
    let before = built.logits(rows).values
    let table = try built.parameter("tasks/\(task)/input/table").value
    table.withUnsafeMutableBufferPointer { values in
      for id in 0..<tiny.problem.fields[0].vocabularySize { values[id * table.columnCount] += 1 }
    }
    let after = built.logits(rows).values
    let own = task == "click" ? 0 : 1
    let isFactor = task == "purchase" && !["independent", "aitm"].contains(head)
    for cell in before.indices where cell % 2 == own {
      let rise = Double(after[cell] - before[cell])
      if isFactor {
        #expect(rise > 0 && rise < 1)
      } else {
        expectClose(rise, 1, absolute: 1e-4)
      }
    }
  }

  /// In ResFlow, the log-odds of what a task follows are part of its own.
  @Test(arguments: ["independent", "esmm"])
  func logOddsFlowAlongAChain(head: String) throws {
    let tiny = TinyProblem.chained
    let built = try catalog.entry("resflow").buildSmall(
      ["axis": .string("task"), "head": .string(head)], for: tiny.problem, seed: 1)
    built.shake()
    let rows = tiny.validation.first(20)
    let before = built.logits(rows).values
    let bias = try built.parameter("towers/click/output/bias").value
    bias.assign(Tensor([bias.values[0] + 1], shape: [1]))
    let after = built.logits(rows).values
    for cell in before.indices {
      let rise = Double(after[cell] - before[cell])
      switch tiny.problem.tasks[cell % 5].name {
      case "skip": #expect(rise == 0)
      case "click": expectClose(rise, 1, absolute: 1e-4)
      case _ where head == "independent": expectClose(rise, 1, absolute: 1e-4)
      default: #expect(rise > 0)
      }
    }
  }
}
