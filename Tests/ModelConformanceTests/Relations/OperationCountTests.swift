import Configuration
import Ranking
import TensorCore
import TestKit
import Testing
import Training

/// Operations per row in closed form, worked out by hand from the architecture.
///
/// d columns enter a model; layers have bias and ReLU, which count one per output each; a tower ends in
/// one output with a bias.
@Suite struct OperationCountTests {
  private let tiny = TinyProblem.fieldsOnly
  private let taskCount = 2
  private let embeddingSize = 4
  /// Three fields and the scenario.
  private var d: Int { 4 * embeddingSize }
  private let tower = 5

  private func layers(_ sizes: [Int]) -> (products: Int, others: Int) {
    (
      products: zip(sizes, sizes.dropFirst()).reduce(0) { $0 + 2 * $1.0 * $1.1 },
      others: 2 * sizes.dropFirst().reduce(0, +)
    )
  }

  /// The towers of all tasks: a hidden layer and one output.
  private func towers(_ inputSize: Int) -> (products: Int, others: Int) {
    let hidden = layers([inputSize, tower])
    return (taskCount * (hidden.products + 2 * tower), taskCount * (hidden.others + 1))
  }

  private func build(_ id: String, _ settings: [String: ConfigurationValue]) throws -> BuiltModel {
    let common: [String: ConfigurationValue] = [
      "embeddingSize": .integer(embeddingSize), "towerSizes": .list([.integer(tower)]),
    ]
    return try catalog.entry(id).build(
      common.merging(settings) { $1 }, for: tiny.problem, seed: 1)
  }

  private func perRow(_ model: BuiltModel) throws -> Double {
    try #require(try model.operationsPerRow(on: TrainingSplit(tiny.training), rows: 100))
  }

  private func sizes(_ values: Int...) -> ConfigurationValue { .list(values.map { .integer($0) }) }

  @Test func sharedBottomCountsItsLayers() throws {
    let model = try build("shared-bottom", ["bottomSizes": sizes(7, 6)])
    let (bottom, towers) = (layers([d, 7, 6]), towers(6))
    let (products, others) = (bottom.products + towers.products, bottom.others + towers.others)
    #expect(try perRow(model) == Double(products + others))

    let rows = tiny.training.first(100)
    let tape = Tape()
    let predictions = model(
      rows.batch, in: .training(tape: tape, streams: RandomStreams(seed: 1), step: 0))
    tape.backward(
      from: predictions.logits.sigmoidCrossEntropy(
        labels: rows.labels, weights: Tensor(repeating: 0.01, shape: rows.labels.shape)))
    // The loss counts nine per element. Backward, two products per layer, since the embeddings need a
    // gradient too; and three times a sum of rows: to their order, from their order, and to the table.
    #expect(
      tape.forwardOperations
        == OperationCount(products: 100 * products, others: 100 * (others + 9 * taskCount)))
    #expect(
      tape.backwardOperations
        == OperationCount(
          products: 200 * products, others: 100 * (others + 9 * taskCount + taskCount + d + d)))
  }

  @Test func mmoeCountsAllExpertsGatesAndMixtures() throws {
    let k = 3
    let model = try build("mmoe", ["expertCount": .integer(k), "expertSizes": sizes(7, 6)])
    let (expert, towers) = (layers([d, 7, 6]), towers(6))
    let gates = taskCount * (2 * d * k + 3 * k)
    let mixtures = taskCount * 2 * k * 6
    let expected =
      k * (expert.products + expert.others) + gates + mixtures + towers.products + towers.others
    #expect(try perRow(model) == Double(expected))
  }

  /// Sets that exclude each other, so that every row has K_sp + K_sh experts in each layer.
  @Test(arguments: [(1, 0), (1, 1), (2, 1)])
  func aesm2CountsTheSelectedExpertsAlone(specific: Int, shared: Int) throws {
    let (n, indicator, out, scenarioCount) = (5, 3, 6, 3)
    let model = try build(
      "aesm2",
      [
        "scenarioExpertCount": .integer(n), "taskExpertCount": .integer(n),
        "scenarioSpecificCount": .integer(specific), "scenarioSharedCount": .integer(shared),
        "taskSpecificCount": .integer(specific), "taskSharedCount": .integer(shared),
        "exclusiveSets": .bool(true), "indicatorSize": .integer(indicator),
        "expertSizes": sizes(7, out),
      ])
    /// Gates of all scenarios or tasks with their log-softmax, a softmax over the row's own gate, the
    /// selected experts and their mixture.
    func layer(inputSize: Int, indicators: Int, gateCount m: Int) -> Int {
      let expert = layers([inputSize, 7, out])
      return 2 * (inputSize + indicators) * m * n + 3 * m * n + 3 * n
        + (specific + shared) * (expert.products + expert.others + 2 * out)
    }
    let towers = towers(out)
    let expected =
      layer(inputSize: d, indicators: indicator, gateCount: scenarioCount)
      + taskCount * layer(inputSize: out, indicators: 2 * indicator, gateCount: taskCount)
      + towers.products + towers.others
    #expect(try perRow(model) == Double(expected))
  }

  /// Every row passes through its own scenario's part alone, so a row costs as much with six as with three.
  @Test(arguments: ["hamur", "per-scenario", "mlora", "stem", "home", "resflow"])
  func scenariosDoNotMultiplyTheCostOfARow(id: String) throws {
    func operations(leaves: Int) throws -> Double {
      var problem = tiny.problem
      problem.scenarios = ScenarioTree(
        name: "country", values: (0..<leaves).map { "country\($0)" })
      let model = try catalog.entry(id).buildSmall(
        ["scenarioFeature": .bool(false)], for: problem, seed: 1)
      return try perRow(model)
    }
    #expect(try operations(leaves: 3) == operations(leaves: 6))
  }

  @Test func aRowCountsTheSameInAnyBatchOfADenseModel() throws {
    let model = try build("ple", [:])
    let split = TrainingSplit(tiny.training)
    #expect(
      try model.operationsPerRow(on: split, rows: 1)
        == model.operationsPerRow(on: split, rows: 64))
    #expect(
      try model.operationsPerRow(on: split, rows: 300)
        == model.operationsPerRow(on: split, rows: 5000))
  }

  @Test(arguments: ConformanceCase.defaults)
  func everyModelCountsAndCountingChangesNothing(case own: ConformanceCase) throws {
    let model = try own.build()
    let before = model.store.buffers.map { bits($0.value) }
    let rows = own.tiny.training.first(64)
    let logits = bits(model.logits(rows))
    let count = try #require(
      try model.operationsPerRow(on: TrainingSplit(own.tiny.training), rows: 64))
    #expect(count > 0)
    #expect(bits(model.logits(rows)) == logits)
    #expect(model.store.buffers.map { bits($0.value) } == before)
    #expect(
      try count == model.operationsPerRow(on: TrainingSplit(own.tiny.training), rows: 64))
  }
}
