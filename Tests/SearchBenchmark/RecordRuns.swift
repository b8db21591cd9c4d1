import Baselines
import Configuration
import Datasets
import Experiments
import ExperimentsTestKit
import Foundation
import Ranking
import SyntheticData
import TensorCore
import Training

/// Trains a small MMoE with every combination of ``RecordedSettings`` and writes the table of their
/// AUCs.
///
/// Data: the entrance-card twin with 30,000 rows and raised rates of clicks and purchases; one epoch
/// of batches of 128, towers of one layer of 16, seed 1.
enum RecordRuns {
  static func write() throws {
    Parallelism.use(threadCount: 1)
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("aesm2-record-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let recipe = try SyntheticRecipe.named(
      "entrance-card", overriding: ["ctrMultiplier": .number(3), "ctcvrMultiplier": .number(4)])
    let dataset = try recipe.generate(into: folder, rows: 30_000)
    var lines = [(RecordedRuns.names + ["auc"]).joined(separator: ",")]
    let combinations = try combinations()
    for settings in combinations {
      if lines.count.isMultiple(of: 100) { print("\(lines.count) of \(combinations.count)") }
      let auc = try train(settings, on: dataset)
      lines.append((RecordedRuns.cells(settings) + ["\(auc)"]).joined(separator: ","))
    }
    try FileManager.default.createDirectory(
      at: RecordedRuns.url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try AtomicFile.write(
      RecordedRuns.url.path, bytes: (lines.joined(separator: "\n") + "\n").utf8)
  }

  /// Returns all combinations, as a grid search has them.
  private static func combinations() throws -> [[String: ConfigurationValue]] {
    var row = ExperimentRow(label: "recorded", model: "mmoe")
    for setting in RecordedSettings.settings {
      row.search.model[setting.name] = setting.search.map { SearchedSetting($0) }
    }
    let strategy = searchStrategies.first { $0.id == "grid" }
    row.search.strategy = strategy ?? row.search.strategy
    return try row.strategy.nextRound(after: [], in: SearchFunction.recorded.space)
      .map(\.settings)
  }

  private static func train(_ settings: [String: ConfigurationValue], on dataset: Dataset) throws
    -> Double
  {
    let own = settings.filter { RecordedRuns.modelNames.contains($0.key) }
    let training = settings.filter { !RecordedRuns.modelNames.contains($0.key) }
    let model = try Catalog(baselineCatalog).entry("mmoe").build(
      own.merging(["towerSizes": .list([.integer(16)])]) { $1 }, for: dataset.problem, seed: 1)
    let session = try TrainingSession(
      model: model,
      options: try TrainingOptions(
        overriding: training.merging(["batchSize": .integer(128), "epochs": .integer(1)]) { $1 }),
      training: dataset.training, validation: dataset.validation, seed: 1)
    guard case .finished(let outcome) = try session.run(),
      let auc = try outcome.validation.value(MetricName(.auc, .macro))
    else { throw Diagnostic("a run did not end with an AUC") }
    return auc
  }
}
