import Configuration
import Ranking
import TensorCore
import TestKit
import Testing
import Training

/// Two numericals and a bias, for each task.
private final class Line: LinearModel {
  struct Hyperparameters: HyperparameterSet {
    @Setting("The penalty.", in: 0...1)
    var l2 = 1e-3
    var convergence = Convergence()
  }

  static let card = MethodCard(id: "line", title: "Line", paper: "none")
  let weights: Parameter
  let penalties: [Double]
  let convergence: Convergence

  init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    weights = scope.parameter(
      "weights", shape: [3, problem.tasks.count], initializer: .zeros, isTable: true)
    penalties = [0, settings.l2, settings.l2]
    convergence = settings.convergence
  }

  func features(of batch: Batch) -> SparseRows {
    var x = SparseRows(columnCount: 3)
    for row in 0..<batch.rowCount {
      x.append(1, column: 0)
      for column in 0..<2 {
        x.append(batch.numericals.values[2 * row + column], column: column + 1)
      }
      x.endRow()
    }
    return x
  }

  static func built(_ settings: [String: ConfigurationValue] = [:]) throws -> BuiltModel {
    try Catalog([Line.self]).entry("line").build(settings, for: ToyRows.toyProblem, seed: 1)
  }
}

/// One suite after the other within: thread counts are a setting of the process.
@Suite("Exact fits", .serialized) struct ExactFitTests {
  @Test func theGradientOfTheObjectiveVanishes() throws {
    let rows = ToyRows(count: 300, seed: 1)
    let model = try Line.built(["tolerance": .number(1e-7)])
    let session = try toySession(["lossReduction": .string("row")], model: model, training: rows)
    let outcome = try #require(try session.run().outcome)
    #expect(outcome.notes.count == 1, "\(outcome.notes)")
    let w = model.store.parameters[0].value.values.map(Double.init)
    for task in 0..<2 {
      var gradient = [0, 1e-3 * w[2 + task], 1e-3 * w[4 + task]]
      let count = Double((0..<300).count { rows.mask[2 * $0 + task] == 1 })
      for row in 0..<300 where rows.mask[2 * row + task] == 1 {
        let x = [1, Double(rows.numericals[2 * row]), Double(rows.numericals[2 * row + 1])]
        let z = (0..<3).reduce(0) { $0 + x[$1] * w[2 * $1 + task] }
        let error = 1 / (1 + (-z).exponential) - Double(rows.labels[2 * row + task])
        for column in 0..<3 { gradient[column] += error * x[column] / count }
      }
      expectClose(gradient, [0, 0, 0], absolute: 1e-6, "task \(task)")
    }
  }

  /// What is reported is what the loss of training in steps would be on all rows at once.
  @Test(arguments: ["row", "cell"])
  func theLossIsThatOfTheReduction(reduction: String) throws {
    let rows = ToyRows(count: 300, seed: 1)
    let model = try Line.built()
    let session = try toySession(
      ["lossReduction": .string(reduction), "evaluationBatchSize": .integer(77)], model: model,
      training: rows)
    let outcome = try #require(try session.run().outcome)
    #expect(outcome.stepCount > 2 && outcome.bestStep == outcome.stepCount)
    #expect(!outcome.stoppedEarly && outcome.curve.count == 1)
    let all = rows.batch(rows: (0..<300).map { Int32($0) })
    let kind = try #require(LossReduction(rawValue: reduction))
    func shares(_ task: Int) -> [Double] {
      let weights = kind.weights(
        mask: all.mask, leaves: all.batch.leaves, leafCount: 3, taskWeights: [1, 1])
      let own = (0..<300).map { Double(weights.values[2 * $0 + task]) }
      let sum = own.reduce(0, +)
      return own.map { $0 / sum }
    }
    let logits = model(all.batch, in: .evaluation()).logits.value.values.map(Double.init)
    let means = (0..<2).map { task in
      zip(shares(task), 0..<300).reduce(0.0) { sum, pair in
        let z = logits[2 * pair.1 + task]
        let loss = -(1 / (1 + (rows.labels[2 * pair.1 + task] == 1 ? -z : z).exponential))
          .naturalLogarithm
        return sum + pair.0 * loss
      }
    }
    expectClose(
      outcome.curve[0].loss.crossEntropy, (means[0] + means[1]) / 2, relative: 1e-6)
  }

  @Test func anyNumberOfThreadsGivesTheSameBits() throws {
    defer { Parallelism.use(threadCount: 1) }
    let found = try [1, 2, 5].map { threads in
      Parallelism.use(threadCount: threads)
      let model = try Line.built()
      _ = try toySession(model: model, training: ToyRows(count: 3000, seed: 3)).run()
      return bits(of: model)
    }
    #expect(found[1] == found[0] && found[2] == found[0])
  }

  /// Neither the seed nor what only steps have a part in.
  @Test func whatConcernsStepsHasNoPart() throws {
    let (one, other) = (try Line.built(), try Line.built())
    _ = try toySession(model: one, seed: 1).run()
    _ = try toySession(
      [
        "batchSize": .integer(7), "epochs": .integer(1), "learningRate": .number(3),
        "balancing": .string("pcgrad"),
      ], model: other, seed: 9
    ).run()
    #expect(bits(of: one) == bits(of: other))
  }

  @Test func aFitThatWasStoppedBeginsAnewWithTheSameBits() throws {
    let (whole, stopped) = (try Line.built(), try Line.built())
    _ = try toySession(model: whole).run()
    let session = try toySession(model: stopped)
    var asked = 0
    let first = try session.run(shouldStop: {
      asked += 1
      return asked == 2
    })
    guard case .interrupted(step: 2) = first else {
      Issue.record("\(first)")
      return
    }
    #expect(try session.run().outcome != nil)
    #expect(bits(of: whole) == bits(of: stopped))
  }

  @Test func aFitThatDidNotConvergeSaysSo() throws {
    let model = try Line.built(["maximumIterations": .integer(2), "tolerance": .number(1e-9)])
    let outcome = try #require(try toySession(model: model).run().outcome)
    #expect(outcome.stepCount == 4)
    let notes = outcome.notes.filter { $0.contains("did not converge: after 2 iterations") }
    #expect(notes.count == 2, "\(outcome.notes)")
  }

  @Test func aTaskWithoutTrainingRowsKeepsWeightsOfZero() throws {
    var rows = ToyRows(count: 300, seed: 1)
    for row in 0..<300 { rows.mask[2 * row + 1] = 0 }
    let model = try Line.built()
    let outcome = try #require(try toySession(model: model, training: rows).run().outcome)
    #expect(
      outcome.notes.last == "The task 'buy' is defined on no training row: its weights are 0.")
    let w = model.store.parameters[0].value.values
    #expect(w[1] == 0 && w[3] == 0 && w[5] == 0 && w[0] != 0)
  }
}
