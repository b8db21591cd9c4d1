import Baselines
import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

@Suite("Heads of every model")
struct HeadTests {
  static let ids = headCatalog.map { $0.card.id }
  static let ofProducts = ConformanceCase.heads.filter {
    ["esmm", "escm2-ips", "escm2-dr", "dcmt"].contains($0.settings["head"]?.description)
  }
  static let aitm = ConformanceCase.heads.filter { $0.settings["head"] == .string("aitm") }

  @Test func idsAreUniqueAndPapersNamed() {
    #expect(Set(Self.ids).count == Self.ids.count)
    #expect(headCatalog.allSatisfy { !$0.card.title.isEmpty && !$0.card.paper.isEmpty })
  }

  @Test(arguments: ids) func aHeadIsReadBackFromItsConfiguration(id: String) throws {
    let head = try #require(HeadChoice(configuration: .string(id)))
    #expect(head.configuration == .string(id))
    let declared = try #require(headCatalog.first { $0.card.id == id }).settings
    let full = declared.map { ($0.name, $0.defaultValue) } + [("id", .string(id))]
    let written = ConfigurationValue.object(Dictionary(uniqueKeysWithValues: full))
    #expect(HeadChoice(configuration: written) == head, "defaults that are written out")
  }

  @Test(arguments: catalog.entries.filter(\.hasTowers).map(\.card.id))
  func theDefaultIsLeftOutOfConfigurations(id: String) throws {
    let entry = try catalog.entry(id)
    #expect(try entry.resolve([:])["head"] == nil)
    #expect(try entry.resolve(["head": .string("independent")])["head"] == nil)
    #expect(try entry.resolve(["head": .string("esmm")])["head"] == .string("esmm"))
  }

  @Test(arguments: catalog.entries.filter(\.hasTowers).map(\.card.id), ids)
  func aHeadThatNeedsAChainOfTasksSaysSo(id: String, head: String) throws {
    let entry = try catalog.entry(id)
    func build() throws -> BuiltModel {
      try entry.buildSmall(
        ["head": .string(head)], for: TinyProblem.oneLevel.problem, seed: 1)
    }
    guard head != "independent" else {
      _ = try build()
      return
    }
    let error = #expect(throws: Diagnostic.self) { _ = try build() }
    #expect(
      error?.description
        == "head is \(head), which needs a task that follows another, but none of 'click', "
        + "'purchase' does; a schema says so by 'follows'")
  }

  // MARK: ESMM, ESCM² and DCMT

  @Test(arguments: ofProducts)
  func probabilitiesAreTheProductsOfWhatTheTowersGive(_ model: ConformanceCase) throws {
    let chains = try TaskChains(model.tiny.problem.tasks)
    let head = try model.build()
    let towers = try model.build(setting: ["head": .string("independent")])
    for built in [head, towers] { built.shake() }
    let rows = model.tiny.test.first(60)
    let count = model.tiny.problem.tasks.count
    let own = probabilities(towers.logits(rows))
    let found = probabilities(head.logits(rows))
    func naive(_ row: Int, _ task: Int) -> Double {
      own[row * count + task] * (chains.followed[task].map { naive(row, $0) } ?? 1)
    }
    let expected = own.indices.map { naive($0 / count, $0 % count) }
    expectClose(found, expected, relative: 1e-5)
    for (cell, probability) in found.enumerated() {
      guard let followed = chains.followed[cell % count] else { continue }
      #expect(probability <= found[cell - cell % count + followed])
    }
  }

  // MARK: AITM

  /// On towers with ReLU, one set per task or per task and scenario.
  @Test(arguments: aitm.filter { $0.entry.card.id == "shared-bottom" }, [[], [5], [6, 4]])
  func aitmAgreesWithPlainLoops(_ model: ConformanceCase, towerSizes: [Int]) throws {
    let built = try model.build(setting: ["towerSizes": towerSizes.configuration])
    built.shake()
    let network = NaiveNetwork(built.store)
    let problem = model.tiny.problem
    let chains = try TaskChains(problem.tasks)
    let rows = Array(model.tiny.test.rows.prefix(30))
    let settings = try SharedBottom.Hyperparameters(overriding: model.resolvedSettings())
    let expected = try rows.flatMap { row in
      let h = try network.perceptron(
        network.input(row, of: problem, settings.input), "bottom")
      let paths = problem.tasks.map { task in
        model.settings["axis"] == .string("flat")
          ? "towers/\(task.name)/scenario/\(row.leaf)" : "towers/\(task.name)"
      }
      var states = try paths.map { try network.perceptron(h, $0) }
      for task in chains.order {
        guard let followed = chains.followed[task] else { continue }
        states[task] = try transfer(
          from: states[followed], to: states[task], network, "\(paths[task])/transfer")
      }
      return try zip(states, paths).map { state, path in
        try network.linear(state, "\(path)/output/weight")[0]
          + network.row(0, of: "\(path)/output/bias")[0]
      }
    }
    let found = built.logits(model.tiny.test.first(30)).values.map(Double.init)
    expectClose(found, expected, relative: 1e-4, absolute: 1e-4)
  }

  private func transfer(
    from followed: [Double], to own: [Double], _ network: NaiveNetwork, _ path: String
  ) throws -> [Double] {
    let candidates = [try network.perceptron(followed, path), own]
    let scores = try candidates.map { candidate in
      try zip(
        network.linear(candidate, "\(path)/query/weight"),
        network.linear(candidate, "\(path)/key/weight")
      ).reduce(0) { $0 + $1.0 * $1.1 } / Double(own.count).squareRoot()
    }
    return NaiveNetwork.mixture(
      NaiveNetwork.softmax(scores),
      try candidates.map { try network.linear($0, "\(path)/value/weight") })
  }

  @Test(arguments: aitm)
  func theCalibratorIsTheMeanExcessOfFollowers(_ model: ConformanceCase) throws {
    let chains = try TaskChains(model.tiny.problem.tasks)
    let rows = model.tiny.test.first(50)
    func predictions(_ weight: Double) throws -> Predictions {
      let built = try model.build(setting: [
        "head": .object(["id": .string("aitm"), "calibratorWeight": .number(weight)])
      ])
      built.shake()
      return built(rows.batch, in: .evaluation())
    }
    let found = try predictions(0.3)
    let count = model.tiny.problem.tasks.count
    let shares = probabilities(found.logits.value)
    var expected = 0.0
    for (cell, share) in shares.enumerated() {
      guard let followed = chains.followed[cell % count] else { continue }
      expected += max(0, share - shares[cell - cell % count + followed]) / 50
    }
    let term = try #require(found.auxiliaryLosses.last)
    #expect(term.name == "calibrator" && term.weight == 0.3)
    expectClose([Double(term.value.value.scalar)], [expected], relative: 1e-4, absolute: 1e-6)
    #expect(try !predictions(0).auxiliaryLosses.contains { $0.name == "calibrator" })
  }

  private func probabilities(_ logits: Tensor) -> [Double] {
    logits.values.map { 1 / (1 + (-Double($0)).exponential) }
  }
}
