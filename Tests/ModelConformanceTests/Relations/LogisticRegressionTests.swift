import Foundation
import Ranking
import TestKit
import Testing
import Training

/// Optima that scikit-learn found, as `logistic_regression.py` wrote them.
private struct Reference: Decodable {
  struct Row: Decodable {
    let ids: [Int32]
    let bag: [Int32]
    let numericals: [Float]
    let leaf: Int32
    let labels: [Float?]
  }

  struct Case: Decodable {
    let l2: Double
    let lossReduction: String
    let scenarioWeights: Bool
    let logOdds: [[Double]]
  }

  let rows: [Row]
  let cases: [Case]

  var source: InMemoryRows {
    InMemoryRows(
      problem: Problem(
        fields: [
          CategoricalField(name: "user", vocabularySize: 6),
          CategoricalField(name: "item", vocabularySize: 4),
        ], bags: [CategoricalField(name: "interests", vocabularySize: 5)],
        numericals: ["price", "age"],
        scenarios: ScenarioTree(name: "country", values: ["NL", "FR", "ES"]),
        tasks: [RankingTask(name: "click"), RankingTask(name: "buy", domain: "clicked")]),
      rows: rows.map {
        InMemoryRows.Row(
          ids: $0.ids, bags: [$0.bag], numericals: $0.numericals, leaf: $0.leaf, labels: $0.labels)
      })
  }
}

@Suite("Logistic regression") struct LogisticRegressionTests {
  @Test func theFitIsTheOptimumThatScikitLearnFinds() throws {
    let reference = try FixtureFolder.decode(
      Reference.self, from: "training/logistic-regression.json")
    let rows = reference.source
    #expect(reference.cases.count == 6)
    for expected in reference.cases {
      let model = try catalog.entry("logistic-regression").build(
        [
          "l2": .number(expected.l2), "scenarioWeights": .bool(expected.scenarioWeights),
          "tolerance": .number(1e-9),
        ],
        for: rows.problem, seed: 1)
      let session = try TrainingSession(
        model: model,
        options: TrainingOptions(overriding: [
          "lossReduction": .string(expected.lossReduction), "evaluationBatchSize": .integer(50),
        ]),
        training: TrainingSplit(rows), validation: ValidationSplit(rows), seed: 1)
      guard case .finished(let outcome) = try session.run() else {
        Issue.record("the fit ended early")
        continue
      }
      #expect(!outcome.notes.contains { $0.contains("did not converge") }, "\(outcome.notes)")
      expectClose(
        model.logits(rows.all).values.map(Double.init), expected.logOdds.flatMap { $0 },
        relative: 1e-5, absolute: 1e-5, "l2 \(expected.l2), \(expected.lossReduction)")
    }
  }

  /// One weight per id, level and numerical, bags as means, for each task.
  @Test(arguments: [false, true])
  func theLogOddsAreTheSumOfTheWeightsOfARow(scenarioWeights: Bool) throws {
    let tiny = TinyProblem.twoLevels
    let problem = tiny.problem
    let model = try catalog.entry("logistic-regression").build(
      ["scenarioWeights": .bool(scenarioWeights)], for: problem, seed: 1)
    model.shake()
    let table = try #require(model.store.parameters.first?.value)
    let block = 1 + 12 + 9 + 5 + 2 + 3 + 7 + 2
    #expect(table.shape == [block * (scenarioWeights ? 6 : 1), 2])
    func weight(_ feature: Int, _ task: Int, _ leaf: Int32) -> Double {
      let shared = Double(table.values[feature * 2 + task])
      let own = (Int(leaf) + 1) * block + feature
      return scenarioWeights ? shared + Double(table.values[own * 2 + task]) : shared
    }
    let rows = Array(tiny.training.rows.prefix(40))
    let expected = rows.flatMap { row in
      (0..<2).map { task -> Double in
        let path = problem.scenarios.leaves[Int(row.leaf)]
        var features = [0, 1 + Int(row.ids[0]), 13 + Int(row.ids[1]), 22 + Int(row.ids[2])]
        features += [27 + path[0], 29 + path[1]]
        var sum = features.reduce(0) { $0 + weight($1, task, row.leaf) }
        for id in row.bags[0] {
          sum += weight(32 + Int(id), task, row.leaf) / Double(row.bags[0].count)
        }
        for (index, value) in row.numericals.enumerated() {
          sum += weight(39 + index, task, row.leaf) * Double(value)
        }
        return sum
      }
    }
    expectClose(
      model.logits(tiny.training.first(40)).values.map(Double.init), expected, absolute: 1e-5)
  }
}
