import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

// Internal: the watch, the steps of sessions.
@testable import Training

/// Warnings of training about experts that gates hardly use.
@Suite("Experts during training")
struct ExpertWatchTests {
  /// Linear in the numericals, with a gate over four experts whose weights are set by hand.
  private final class GatedModel: RankingModel {
    struct Hyperparameters: HyperparameterSet {
      @Setting("The weight of the last expert.", in: 0...1)
      var lastWeight = 0.25
      @Setting("The step until which the last expert has no weight.")
      var unusedUntil = 0
    }

    static let card = MethodCard(id: "gated", title: "Gated", paper: "none")

    private let settings: Hyperparameters
    private let weight: Parameter

    init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) {
      self.settings = settings
      weight = scope.weight(shape: [2, problem.tasks.count])
    }

    func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
      let last = context.moment.step <= settings.unusedUntil ? 0 : Float(settings.lastWeight)
      let row = [Float](repeating: (1 - last) / 3, count: 3) + [last]
      context.observer?.show(
        "layer/gate",
        Tensor((0..<batch.rowCount).flatMap { _ in row }, shape: [batch.rowCount, 4]))
      return Predictions(logits: Variable(batch.numericals).affine(weight: context(weight)))
    }

    static func built(_ settings: [String: ConfigurationValue]) throws -> BuiltModel {
      try Catalog([GatedModel.self]).entry("gated")
        .build(settings, for: ToyRows.toyProblem, seed: 1)
    }
  }

  /// The warnings of a session, each with the number of steps before it.
  private func warnings(
    of session: TrainingSession, checkpoints: CheckpointPolicy? = nil, until step: Int = .max
  ) throws -> [String] {
    var found: [String] = []
    _ = try session.run(
      checkpoints: checkpoints,
      observer: { event in
        if case .warning(let sentence) = event { found.append("\(session.step): \(sentence)") }
      }, shouldStop: { session.step >= step })
    return found
  }

  private func session(
    _ settings: [String: ConfigurationValue], training: [String: ConfigurationValue] = [:]
  ) throws -> TrainingSession {
    let options: [String: ConfigurationValue] = [
      "epochs": .integer(4), "batchSize": .integer(150),
    ]
    return try toySession(
      options.merging(training) { $1 }, model: GatedModel.built(settings))
  }

  /// An epoch is two steps, so that the second evaluation follows the fourth.
  @Test func aDeadExpertIsToldOnceAfterTheSecondEvaluation() throws {
    #expect(
      try warnings(of: session(["lastWeight": .number(0.002)]))
        == ["4: layer/gate hardly uses 1 of 4 experts: 3."])
  }

  @Test func aCollapsedGateIsTold() throws {
    #expect(
      try warnings(of: session(["lastWeight": .number(0.97)]))
        == ["4: layer/gate has collapsed: expert 3 has 97 % of the weight."])
  }

  @Test func expertsThatAreUsedAreNotTold() throws {
    #expect(try warnings(of: session([:])).isEmpty)
    #expect(try warnings(of: session(["lastWeight": .number(0.003)])).isEmpty)
    #expect(try warnings(of: toySession()).isEmpty, "a model without gates")
  }

  @Test func oneEvaluationDoesNotCount() throws {
    #expect(try warnings(of: session(["unusedUntil": .integer(2)])).isEmpty)
    #expect(try warnings(of: session(["unusedUntil": .integer(4)])).count == 1)
    #expect(
      try warnings(of: session(["lastWeight": .number(0)], training: ["epochs": .integer(1)]))
        .isEmpty)
  }

  @Test func aResumedRunTellsWhatTheWholeWouldHave() throws {
    for (stop, expected) in [(3, 1), (5, 0)] {
      try withTemporaryPath { folder in
        let policy = CheckpointPolicy(path: folder + "/checkpoint", interval: nil)
        let first = try session(["lastWeight": .number(0)])
        let told = try warnings(of: first, checkpoints: policy, until: stop)
        let second = try session(["lastWeight": .number(0)])
        try second.resume(from: policy)
        #expect(try warnings(of: second).count == expected)
        #expect(told.count + expected == 1)
      }
    }
  }

  @Test func everyExpertIsToldOnce() {
    func gate(_ weights: [Double]) -> GateUse {
      GateUse(
        name: "gate", task: nil, expertCount: 4,
        cells: [
          .init(rowCount: 10, weights: weights, selected: weights.map { _ in 1 }, entropy: 0.5)
        ])
    }
    var watch = ExpertWatch()
    let course = [
      [0.5, 0.5, 0, 0], [0.3, 0.7, 0, 0], [0, 0.7, 0.3, 0], [0, 0.7, 0.3, 0], [0, 0.7, 0, 0.3],
      [0, 0.7, 0, 0.3], [0, 1, 0, 0], [0, 1, 0, 0],
    ]
    #expect(
      course.map { watch.warnings(after: [gate($0)]) } == [
        [], ["gate hardly uses 2 of 4 experts: 2, 3."], [],
        ["gate hardly uses 1 of 4 experts: 0."], [], [], [],
        ["gate has collapsed: expert 1 has 100 % of the weight."],
      ])
  }
}
