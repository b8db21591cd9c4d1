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
}
