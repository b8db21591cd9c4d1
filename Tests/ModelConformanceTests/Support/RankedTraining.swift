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
  /// The largest tables that every rank keeps whole.
  var rowLimit = 100_000

  /// Where training ends, before its last step.
  struct Stop {
    let step: Int
    let path: String
  }

  /// What one rank has in the end.
  struct Result {
    let model: BuiltModel
    let curve: [CurvePoint]

    /// Parameters and buffers, in creation order.
    var weights: [Tensor] { model.store.parameters.map(\.value) + model.store.buffers.map(\.value) }
  }

  /// Returns the weights and buffers of every rank, in creation order.
  func weights(rankCount: Int) throws -> [[Tensor]] {
    try results(rankCount: rankCount).map(\.weights)
  }

  /// Trains, to the end or up to a checkpoint, from the beginning or from a checkpoint.
  func results(
    rankCount: Int, stoppingAt stop: Stop? = nil, resumingFrom path: String? = nil
  ) throws -> [Result] {
    if rankCount == 1 { return [try result(ranks: nil, stoppingAt: stop, resumingFrom: path)] }
    return try withRanks(rankCount, replicatedRowLimit: rowLimit) {
      try result(ranks: $0, stoppingAt: stop, resumingFrom: path)
    }
  }

  private func result(
    ranks: RankGroup?, stoppingAt stop: Stop?, resumingFrom path: String?
  ) throws -> Result {
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
    if let path { try session.resume(from: CheckpointPolicy(path: path, interval: nil)) }
    var step = session.step
    _ = try session.run(
      checkpoints: stop.map { CheckpointPolicy(path: $0.path, interval: nil) },
      observer: { if case .step(let report) = $0 { step = report.step } },
      shouldStop: { step == stop?.step })
    return Result(model: built, curve: session.curve)
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
