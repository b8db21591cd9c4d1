import Configuration
import Ranking
import TensorCore
import TestKit
import Testing
import Training

@Suite("Conflicts of gradients")
struct GradientConflictTests {
  private let tiny = TinyProblem.oneLevel

  private func options(_ batchSize: Int) throws -> TrainingOptions {
    try TrainingOptions(overriding: ["batchSize": .integer(batchSize)])
  }

  private func build(_ id: String) throws -> BuiltModel {
    let built = try catalog.entry(id).buildSmall([:], for: tiny.problem, seed: 1)
    built.shake()
    return built
  }

  /// The gradient of one task's part of the loss of all training rows, with respect to the parameters of the
  /// bottom that all tasks share.
  private func gradient(of task: Int, _ built: BuiltModel) -> [Float] {
    let rows = tiny.training.batch(rows: (0..<Int32(tiny.training.rowCount)).map { $0 })
    let weights = LossReduction.cell.weights(
      mask: rows.mask, leaves: rows.batch.leaves, leafCount: tiny.problem.scenarios.leafCount,
      taskWeights: tiny.problem.tasks.indices.map { $0 == task ? 1 : 0 })
    let tape = Tape()
    let logits = built(rows.batch, in: .evaluation(at: built.moment, tape: tape)).logits
    built.store.clearGradients()
    tape.backward(from: logits.sigmoidCrossEntropy(labels: rows.labels, weights: weights))
    defer { built.store.clearGradients() }
    return built.store.parameters.filter { !$0.isTable && !$0.name.hasPrefix("towers") }
      .flatMap(\.gradientValues)
  }

  @Test func cosinesAreThoseOfTheTasksOwnGradients() throws {
    let built = try build("shared-bottom")
    var options = try options(1000)
    options.lossReduction = .cell
    let found = try built.gradientConflict(
      among: .tasks, on: TrainingSplit(tiny.training), options: options, seed: 4)
    let (a, b) = (gradient(of: 0, built), gradient(of: 1, built))
    func dot(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let expected = dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
    #expect(found.objectives == ["click", "purchase"] && found.batchCount == 1)
    expectClose(
      [try #require(found.cosines[0][1]), try #require(found.cosines[1][0])],
      [expected, expected], absolute: 1e-4)
    #expect(found.conflicts[0][1] == (expected < 0 ? 1 : 0))
  }

  @Test func batchesAreCountedUpToTheirNumber() throws {
    let built = try build("mmoe")
    let split = TrainingSplit(tiny.training)
    func conflict(_ count: Int) throws -> GradientConflict {
      try built.gradientConflict(
        among: .cells, on: split, options: try options(64), batchCount: count, seed: 4)
    }
    let few = try conflict(2)
    #expect(few.batchCount == 2)
    #expect(try conflict(2) == few)
    // 300 rows are five batches.
    #expect(try conflict(100).batchCount == 5)
    for (place, row) in few.cosines.enumerated() {
      for (other, value) in row.enumerated() {
        #expect((-1 - 1e-9...1 + 1e-9).contains(value ?? 0))
        #expect(value == few.cosines[other][place])
      }
      if let own = row[place] { expectClose([own], [1], absolute: 1e-12) }
    }
  }

  @Test func objectivesThatShareNothingHaveNoCosine() throws {
    let found = try build("single-task").gradientConflict(
      among: .tasks, on: TrainingSplit(tiny.training), options: try options(100), seed: 1)
    #expect(found.cosines[0][1] == nil && found.conflicts[0][1] == nil)
  }

  @Test func theModelDoesNotChange() throws {
    let built = try build("ple")
    let before = bits(built.logits(tiny.test.first(20)))
    _ = try built.gradientConflict(
      among: .scenarios, on: TrainingSplit(tiny.training), options: try options(100), seed: 1)
    #expect(before == bits(built.logits(tiny.test.first(20))))
    let hasGradient = built.store.parameters.contains {
      if case .none = $0.gradient { false } else { true }
    }
    #expect(!hasGradient)
  }

  // MARK: - Failure

  @Test func oneObjectiveIsRefused() throws {
    let tiny = TinyProblem.oneScenario
    let built = try catalog.entry("mmoe").buildSmall([:], for: tiny.problem, seed: 1)
    #expect(
      throws: Diagnostic(
        "there is nothing but 'NL' among scenarios, so no gradients can be in conflict")
    ) {
      try built.gradientConflict(
        among: .scenarios, on: TrainingSplit(tiny.training), options: try options(64), seed: 1)
    }
  }

  @Test func anEmptySplitIsRefused() throws {
    #expect(throws: Diagnostic("the split to inspect has no rows")) {
      try build("mmoe").gradientConflict(
        among: .tasks, on: TrainingSplit(InMemoryRows(problem: tiny.problem, rows: [])),
        options: try options(64), seed: 1)
    }
  }
}
