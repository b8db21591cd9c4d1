import Configuration
import MessagePassing
import Ranking
import TensorCore
import TestKit
import Training

/// A few steps of a model on several ranks, or on one.
struct RankedTraining: Sendable {
  let model: ConformanceCase
  var options: [String: ConfigurationValue] = [:]
  var rowLimit = 100_000

  /// Returns the weights and buffers of every rank, in creation order.
  func weights(rankCount: Int) throws -> [[Tensor]] {
    if rankCount == 1 { return [try weights(ranks: nil)] }
    return try withRanks(rankCount, replicatedRowLimit: rowLimit) { try weights(ranks: $0) }
  }

  private func weights(ranks: RankGroup?) throws -> [Tensor] {
    var settings = model.settings
    if model.entry.settings.contains(where: { $0.name == "noise" }) {
      settings["noise"] = .number(0)
    }
    let built = try model.entry.build(
      model.entry.smallSettings(settings), for: model.tiny.problem, seed: 1, ranks: ranks)
    // 64, 64 and 23 of 151 rows: with shares of different sizes.
    let rows = InMemoryRows(
      problem: model.tiny.problem, rows: Array(model.tiny.training.rows.prefix(151)))
    let defaults: [String: ConfigurationValue] = [
      "batchSize": .integer(64), "epochs": .integer(1), "optimizer": .string("sgd"),
      "learningRate": .number(0.05), "momentum": .number(0.5), "keptWeights": .string("last"),
      "evaluationBatchSize": .integer(40),
    ]
    let session = try TrainingSession(
      model: built, options: TrainingOptions(overriding: defaults.merging(options) { $1 }),
      training: TrainingSplit(rows), validation: ValidationSplit(model.tiny.validation), seed: 3)
    _ = try session.run()
    return built.store.parameters.map { $0.value.copy() }
      + built.store.buffers.map { $0.value.copy() }
  }
}

/// Returns the largest difference of elements, relative to one plus their size.
func largestDifference(_ a: [Tensor], _ b: [Tensor]) -> Float {
  zip(a, b).reduce(0) { largest, pair in
    zip(pair.0.values, pair.1.values).reduce(largest) {
      max($0, abs($1.0 - $1.1) / (1 + abs($1.1)))
    }
  }
}
