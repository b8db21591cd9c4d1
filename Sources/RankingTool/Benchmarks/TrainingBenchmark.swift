import Configuration
import Datasets
import Foundation
import Ranking
import SyntheticData
import Training

/// The speed of whole training steps on rows shaped like the aliexpress twin.
struct TrainingBenchmark {
  private let dataset: Dataset
  private let batchSize: Int
  private let steps: Int

  /// Draws the rows; `removeData` removes them.
  init(batchSize: Int, steps: Int) throws {
    self.batchSize = batchSize
    self.steps = steps
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("aesm2-bench-\(UUID().uuidString)")
    let recipe = try SyntheticRecipe.named(
      "aliexpress", overriding: ["ctrMultiplier": .number(4), "ctcvrMultiplier": .number(40)])
    dataset = try recipe.generate(into: folder, rows: max(60_000, 2 * batchSize))
  }

  /// Removes the rows.
  func removeData() { try? FileManager.default.removeItem(at: dataset.url) }

  /// Returns the training rows per second of a model with its default settings: the best of three
  /// repetitions, after as many steps to warm up.
  func measure(_ entry: CatalogEntry) throws -> ConfigurationValue {
    var options = TrainingOptions()
    options.batchSize = batchSize
    options.epochs = 100_000
    let model = try entry.build(for: dataset.problem, seed: 1)
    let session = try TrainingSession(
      model: model, options: options, training: dataset.training, validation: dataset.validation,
      seed: 1)
    var best = 0.0
    for repetition in 0..<4 {
      var last = session.step
      var rowsPerSecond = 0.0
      let target = last + steps
      _ = try session.run(
        observer: { event in
          guard case .step(let report) = event else { return }
          last = report.step
          rowsPerSecond = report.rowsPerSecond
        }, shouldStop: { last >= target })
      if repetition > 0 { best = max(best, rowsPerSecond) }
    }
    return .object([
      "batchSize": .integer(batchSize), "model": .string(entry.card.id),
      "parameters": .integer(model.store.parameterCount), "rowsPerSecond": .number(best.rounded()),
    ])
  }
}
