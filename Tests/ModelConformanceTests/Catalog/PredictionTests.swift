import Configuration
import Ranking
import TestKit
import Testing

@Suite("Predictions of every model")
struct PredictionTests {
  @Test(arguments: ConformanceCase.all)
  func oneFiniteLogitPerRowAndTask(_ model: ConformanceCase) throws {
    let built = try model.build()
    let rows = model.tiny.training.first(40)
    let shape = [40, model.tiny.problem.tasks.count]
    let predicted = built.logits(rows)
    #expect(predicted.shape == shape && predicted.isFinite)
    let trained = built.train(rows)
    #expect(trained.logits.shape == shape && trained.logits.isFinite && trained.loss.isFinite)
  }

  @Test(arguments: ConformanceCase.all)
  func twoPassesAgreeToTheBit(_ model: ConformanceCase) throws {
    let built = try model.build(dropout: 0.3)
    let rows = model.tiny.training.first(40)
    #expect(bits(built.logits(rows)) == bits(built.logits(rows)))
    let first = built.train(rows)
    let second = built.train(rows)
    #expect(bits(first.logits) == bits(second.logits))
    #expect(first.loss.bitPattern == second.loss.bitPattern)
  }

  @Test(arguments: ConformanceCase.all)
  func anotherStepDrawsOtherDropout(_ model: ConformanceCase) throws {
    guard model.entry.hasTowers else { return }
    let built = try model.build(dropout: 0.5)
    built.shake()
    let rows = model.tiny.training.first(40)
    let (first, second) = (built.train(rows, step: 0), built.train(rows, step: 1))
    #expect(bits(first.logits) != bits(second.logits))
  }

  @Test(arguments: ConformanceCase.all)
  func batchMatesDoNotChangeAPrediction(_ model: ConformanceCase) throws {
    let built = try model.build()
    built.shake()
    built.train(model.tiny.training.first(100))
    let source = model.tiny.validation
    let together = built.logits(source.first(30))
    let taskCount = together.shape[1]
    func expectSame(_ order: [Int32], _ comment: Comment) {
      let found = built.logits(source.batch(rows: order))
      let expected = order.flatMap { row in
        together.values[Int(row) * taskCount..<(Int(row) + 1) * taskCount]
      }
      #expect(bits(found) == expected.map(\.bitPattern), comment)
    }
    let rows = (0..<Int32(30)).map { $0 }
    expectSame(rows.reversed(), "in another order")
    expectSame(rows.filter { $0 % 3 == 1 }, "as a subset")
    expectSame(rows + rows, "twice each")
    for row in rows { expectSame([row], "alone") }
  }

  @Test(arguments: ConformanceCase.all)
  func aBatchOfOneRowWorks(_ model: ConformanceCase) throws {
    let built = try model.build(dropout: 0.3)
    for row in 0..<Int32(6) {
      let alone = model.tiny.training.batch(rows: [row])
      #expect(built.logits(alone).isFinite)
      #expect(built.train(alone).loss.isFinite)
      #expect(built.store.parameters.allSatisfy { $0.gradientValues.allSatisfy { $0.isFinite } })
    }
    #expect(built.store.buffers.allSatisfy { $0.value.isFinite })
  }

  @Test(arguments: ConformanceCase.all)
  func aBatchThatLacksScenariosWorks(_ model: ConformanceCase) throws {
    let built = try model.build()
    for leaf in 0..<model.tiny.problem.scenarios.leafCount {
      let only = model.tiny.training.filtered { $0.leaf == leaf }.first(20)
      let without = model.tiny.training.filtered { $0.leaf != leaf }.first(20)
      for rows in [only, without] where rows.batch.rowCount > 0 {
        #expect(built.logits(rows).isFinite)
        #expect(built.train(rows).loss.isFinite)
        #expect(built.store.parameters.allSatisfy { $0.gradientValues.allSatisfy { $0.isFinite } })
      }
    }
    #expect(built.store.buffers.allSatisfy { $0.value.isFinite })
  }

  @Test(arguments: ConformanceCase.problems)
  func anEmptyBatchHasNoPredictions(_ model: ConformanceCase) throws {
    let built = try model.build()
    let none = model.tiny.training.first(0)
    #expect(built.logits(none).shape == [0, model.tiny.problem.tasks.count])
  }

  /// Or says what roles of features the model needs.
  @Test(arguments: ConformanceCase.defaults)
  func aProblemWithoutFeaturesHasPredictions(_ model: ConformanceCase) throws {
    let problem = Problem(
      fields: [], scenarios: ScenarioTree(name: "country", values: ["NL", "FR"]),
      tasks: [RankingTask(name: "click"), RankingTask(name: "purchase")])
    func build() throws -> BuiltModel {
      try model.entry.buildSmall(["scenarioFeature": .bool(false)], for: problem, seed: 1)
    }
    guard !["ppnet", "pepnet"].contains(model.entry.card.id) else {
      let error = #expect(throws: Diagnostic.self) { _ = try build() }
      #expect(error?.problem.hasPrefix("the model needs features with the role 'user'") == true)
      return
    }
    let built = try build()
    let rows = TinyProblem(name: "no features", problem: problem).training.first(20)
    #expect(built.logits(rows).isFinite)
    #expect(built.train(rows).loss.isFinite)
  }
}
