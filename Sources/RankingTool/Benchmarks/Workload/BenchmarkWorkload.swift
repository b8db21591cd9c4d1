import Configuration
import Ranking
import Training

/// What is to be measured: a model with its settings, trained on rows.
struct BenchmarkWorkload {
  /// The model.
  let entry: CatalogEntry
  /// The settings of the model that are not its defaults.
  var settings: [String: ConfigurationValue]
  /// How it is trained.
  let options: TrainingOptions
  /// What it predicts from what.
  let problem: Problem
  /// The rows of a cache; nil for random ones.
  let cached: (training: TrainingSplit, validation: ValidationSplit)?

  private static let seed: UInt64 = 1
  private static let storedBatchCount = 20
  private static let validationRowCount = 2048

  /// Builds the model with fresh weights, the same every time.
  func model() throws -> BuiltModel {
    try entry.build(settings, for: problem, seed: Self.seed)
  }

  /// Returns the training rows of the cache, or random ones that last for more than `stepCount`
  /// steps of one epoch.
  func rows(stepCount: Int) -> any RowSource {
    cached?.training.rows
      ?? RandomRows(
        problem: problem, storedCount: Self.storedBatchCount * options.batchSize,
        rowCount: (stepCount + 1) * options.batchSize, seed: Self.seed)
  }

  /// Returns a session of the model on training rows.
  func session(_ model: BuiltModel, on rows: any RowSource) throws -> TrainingSession {
    let validation = RandomRows(
      problem: problem, storedCount: Self.validationRowCount,
      rowCount: Self.validationRowCount, seed: Self.seed + 1)
    return try TrainingSession(
      model: model, options: options, training: TrainingSplit(rows),
      validation: cached?.validation ?? ValidationSplit(validation), seed: Self.seed)
  }

  /// The same in words, for the report.
  var description: [String: ConfigurationValue] {
    [
      "model": .string(entry.card.id), "settings": .object(settings),
      "training": .object(
        options.configuration.filter { TrainingOptions().configuration[$0.key] != $0.value }),
      "batch_size": .integer(options.batchSize),
      "scenarios": .integer(problem.scenarios.leafCount),
      "vocabulary": .integer(problem.fields.reduce(0) { $0 + $1.vocabularySize }),
    ]
  }
}
