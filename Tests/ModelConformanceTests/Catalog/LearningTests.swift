import Ranking
import TensorCore
import TestKit
import Testing
import Training

@Suite("Learning of every model")
struct LearningTests {
  @Test(arguments: ConformanceCase.on(.twoLevels) + ConformanceCase.heads)
  func theLossFallsOnTinyData(_ model: ConformanceCase) throws {
    let built = try model.build()
    let rows = model.tiny.training.all
    let before = built.train(rows).loss
    try built.learn(rows, stepCount: 60)
    let after = built.train(rows, step: 60).loss
    #expect(after < 0.93 * before, "from \(before) to \(after)")
  }

  /// A user alone decides both labels, so probabilities near 0 and 1 are right.
  @Test(arguments: ConformanceCase.on(.oneLevel))
  func separableLabelsAreLearnedWithConfidence(_ model: ConformanceCase) throws {
    let rows = InMemoryRows(
      problem: model.tiny.problem,
      rows: model.tiny.training.rows.map { row in
        var row = row
        row.labels = row.labels.map { _ in row.ids[0] % 2 == 0 ? 1 : 0 }
        return row
      }
    ).all
    let built = try model.build()
    try built.learn(rows, stepCount: model.entry.isFittedExactly ? 600 : 200)
    let probabilities = built.logits(rows).values.map { 1 / (1 + (-Double($0)).exponential) }
    let confident = zip(probabilities, rows.labels.values).count { probability, label in
      label == 1 ? probability > 0.9 : probability < 0.1
    }
    #expect(confident >= probabilities.count * 95 / 100, "\(confident) of \(probabilities.count)")
  }
}

extension BuiltModel {
  /// Does steps of Adam on one batch.
  fileprivate func learn(_ rows: LabeledBatch, stepCount: Int) throws {
    let optimizer = try Optimizer(
      try TrainingOptions(overriding: ["optimizer": .string("adam")]), store: store)
    for step in 0..<stepCount {
      train(rows, step: step)
      try optimizer.step(learningRate: 0.02)
    }
    moment = TrainingMoment(step: stepCount)
  }
}
