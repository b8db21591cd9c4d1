import Ranking
import TensorCore
import TestKit
import Testing

// Internal: TrainingBatches.
@testable import Training

@Suite struct RowWeightTests {
  private static let reductions = LossReduction.allCases

  /// The loss of a batch whose row i has the cross-entropy losses[i] in the only task.
  private func loss(
    _ reduction: LossReduction, _ losses: [Float], leaves: [Int32], mask: [Float]? = nil,
    rowWeights: [Float]?
  ) -> Double {
    let mask = Tensor(mask ?? losses.map { _ in 1 }, shape: [losses.count, 1])
    let weights = reduction.weights(mask: mask, leaves: leaves, leafCount: 2, taskWeights: [1])
    if let rowWeights {
      reduction.weighting(weights, byRows: rowWeights, mask: mask, leaves: leaves, leafCount: 2)
    }
    return zip(weights.values, losses).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  @Test(arguments: reductions) func equalWeightsChangeNothing(reduction: LossReduction) {
    let (losses, leaves): ([Float], [Int32]) = ([1, 2, 4, 8], [0, 1, 0, 0])
    let plain = loss(reduction, losses, leaves: leaves, rowWeights: nil)
    for weight in [1, 0.25, 1e30, 1e-30] as [Float] {
      let weighted = loss(
        reduction, losses, leaves: leaves, rowWeights: losses.map { _ in weight })
      #expect(abs(weighted - plain) < 1e-6)
    }
  }

  @Test func meansOverRowsBecomeWeightedMeans() {
    let (losses, leaves): ([Float], [Int32]) = ([1, 2, 4, 8], [0, 1, 0, 0])
    let weights: [Float] = [1, 5, 2, 3]
    #expect(
      abs(
        loss(.row, losses, leaves: leaves, rowWeights: weights)
          - (1 * 1 + 5 * 2 + 2 * 4 + 3 * 8) / 11) < 1e-6)
    // The scenario of one row keeps its part whatever its weight.
    #expect(
      abs(
        loss(.cell, losses, leaves: leaves, rowWeights: weights)
          - ((1 * 1 + 2 * 4 + 3 * 8) / 6.0 + 2) / 2) < 1e-6)
  }

  @Test func undefinedLabelsHaveNoWeight() {
    let (losses, leaves): ([Float], [Int32]) = ([1, 2, 4], [0, 0, 0])
    #expect(
      abs(
        loss(.row, losses, leaves: leaves, mask: [1, 0, 1], rowWeights: [1, 100, 3])
          - (1 + 3 * 4) / 4.0) < 1e-6)
  }

  @Test func aWeightOfTwoIsTwoRows() {
    let twice = loss(.row, [1, 4, 4], leaves: [0, 0, 0], rowWeights: nil)
    #expect(abs(loss(.row, [1, 4], leaves: [0, 0], rowWeights: [1, 2]) - twice) < 1e-6)
  }
}

/// Rows with weights.
private struct WeightedRows: RowSource {
  let base: InMemoryRows
  let weights: [Float]

  var problem: Problem { base.problem }
  var rowCount: Int { base.rowCount }
  var groups: [Int32]? { base.groups }

  func batch(rows: [Int32]) -> LabeledBatch {
    let batch = base.batch(rows: rows)
    return LabeledBatch(
      batch: batch.batch, labels: batch.labels, mask: batch.mask,
      weights: rows.map { weights[Int($0)] })
  }
}

extension RowWeightTests {
  @Test func trainingBatchesWeighTheirRows() throws {
    let problem = Problem(
      fields: [CategoricalField(name: "row", vocabularySize: 6)],
      scenarios: ScenarioTree(name: "place", values: ["A"]), tasks: [RankingTask(name: "click")])
    let base = InMemoryRows(
      problem: problem, rows: (0..<6).map { .init(ids: [$0], labels: [Float($0 % 2)]) })
    let batches = TrainingBatches(
      source: WeightedRows(base: base, weights: [1, 2, 3, 4, 5, 6]), batchSize: 6, reduction: .row,
      taskWeights: [1], streams: RandomStreams(seed: 1))
    let prepared = try #require(try batches.prefetched(epoch: 0, from: 0).next())
    let expected = prepared.rows.batch.ids.map { Float($0 + 1) / 21 }
    #expect(zip(prepared.lossWeights.values, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }
}
