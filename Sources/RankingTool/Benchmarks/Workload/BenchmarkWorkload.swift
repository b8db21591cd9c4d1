import ArgumentParser
import Configuration
import Datasets
import Foundation
import MessagePassing
import Ranking
import TensorCore
import Training

/// The model and the rows of a benchmark.
struct WorkloadOptions: ParsableArguments {
  @Option(help: "The model; see 'aesm2 models'.")
  var model: String

  @Option(help: "Experts per layer (default: 8; ple: 4 shared and 4 per task).")
  var experts: Int?

  @OptionGroup var rows: BenchmarkRowOptions

  @Option(help: "Rows per step.")
  var batchSize = 2048

  @Option(help: "The update rule of embedding tables.")
  var embeddingUpdates = EmbeddingUpdateChoice.denseExact

  @Option(help: "Precision of the operands of matrix products; bf16 requires oneDNN.")
  var precision = MatrixPrecision.fp32

  @Option(help: "Train on the rows of this cache folder instead of random ones.")
  var data: String?

  @Option(
    name: .customLong("set"),
    help: "A setting of the model or the trainer, as name=value; repeatable.")
  var settings: [String] = []

  func validate() throws {
    try check(experts ?? 1, named: "--experts", in: 1...256)
    try check(batchSize, named: "--batch-size", in: 1...100_000)
  }

  /// Returns the workload described by the options.
  ///
  /// - Throws: ``UsageError`` for invalid settings; ``Diagnostic`` for the cache.
  func workload() throws -> BenchmarkWorkload {
    let entry = try blamingCommandLine { try RankingTool.catalog.entry(model) }
    guard !entry.isFittedExactly else {
      throw UsageError("the model '\(model)' is not trained in steps, which this measures")
    }
    let (own, training) = try blamingCommandLine {
      try SettingAssignments(parsing: settings).divided(
        model: entry.settings.map(\.name), training: TrainingOptions.settings.map(\.name))
    }
    let resolved = try rows.shape.settings(of: entry, expertCount: experts).merging(own) { $1 }
    let options = try blamingCommandLine {
      _ = try entry.resolve(resolved)
      return try TrainingOptions(overriding: trainingSettings.merging(training) { $1 })
    }
    let dataset = try data.map { try Dataset.open(at: URL(fileURLWithPath: $0)) }
    return BenchmarkWorkload(
      entry: entry, settings: resolved, options: options,
      problem: try dataset?.problem ?? rows.problem(),
      cached: dataset.map { ($0.training, $0.validation) })
  }

  private var trainingSettings: [String: ConfigurationValue] {
    [
      "batchSize": .integer(batchSize), "learningRate": .number(1e-3),
      "weightDecay": .number(1e-6), "embeddingWeightDecay": .number(1e-6),
      "embeddingUpdates": embeddingUpdates.setting.configuration, "lossReduction": .string("row"),
      "precision": precision.configuration,
    ]
  }
}

/// The measurements of a single-model benchmark, and the format of its report.
struct MeasurementOptions: ParsableArguments {
  @OptionGroup var workload: WorkloadOptions

  @Option(help: "Measured steps (default: 20 training steps, 40 scored batches).")
  var steps: Int?

  @Option(
    help: "The number of warm-up steps, not measured (default: 3 training steps, 5 scored batches)."
  )
  var warmUp: Int?

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one line of JSON.")
  var json = false

  func validate() throws {
    try check(steps ?? 1, named: "--steps", in: 1...100_000)
    try check(warmUp ?? 0, named: "--warm-up", in: 0...100_000)
  }

  /// Measures with the requested number of threads, and prints the report.
  func report(
    printing: Bool = true,
    _ measure: (_ workload: BenchmarkWorkload, _ warmUp: Int?, _ steps: Int?) throws
      -> BenchmarkReport
  ) throws {
    try threads.applyForProducts()
    let report = try measure(try workload.workload(), warmUp, steps)
    if printing { report.print(json: json) }
  }
}

extension MatrixPrecision: ExpressibleByArgument {}

/// The update rule of embedding tables, as named on command lines.
enum EmbeddingUpdateChoice: String, CaseIterable, ExpressibleByArgument {
  /// Only the rows of the batch.
  case lazy
  /// All rows, according to the dense rule.
  case denseExact = "dense-exact"

  /// The corresponding setting of the trainer.
  var setting: EmbeddingUpdates { self == .lazy ? .lazy : .denseExact }
}

/// The subject of a measurement: a model with its settings, trained on rows.
struct BenchmarkWorkload {
  /// The model.
  let entry: CatalogEntry
  /// The settings of the model that differ from its defaults.
  var settings: [String: ConfigurationValue]
  /// The training options.
  let options: TrainingOptions
  /// The prediction problem.
  let problem: Problem
  /// The rows of a cache; nil for random ones.
  let cached: (training: TrainingSplit, validation: ValidationSplit)?

  private static let seed: UInt64 = 1
  private static let storedBatchCount = 20
  private static let validationRowCount = 2048

  /// Builds the model with fresh weights, which are the same every time.
  func model(ranks: RankGroup? = nil) throws -> BuiltModel {
    try entry.build(settings, for: problem, seed: Self.seed, ranks: ranks)
  }

  /// Returns the training rows of the cache, or random rows that last for more than `stepCount`
  /// steps of one epoch.
  func rows(stepCount: Int) -> any RowSource {
    cached?.training.rows
      ?? RandomRows(
        problem: problem, storedCount: Self.storedBatchCount * options.batchSize,
        rowCount: (stepCount + 1) * options.batchSize, seed: Self.seed)
  }

  /// Returns a training session of the model on the rows.
  func session(_ model: BuiltModel, on rows: any RowSource) throws -> TrainingSession {
    let validation = RandomRows(
      problem: problem, storedCount: Self.validationRowCount,
      rowCount: Self.validationRowCount, seed: Self.seed + 1)
    return try TrainingSession(
      model: model, options: options, training: TrainingSplit(rows),
      validation: cached?.validation ?? ValidationSplit(validation), seed: Self.seed)
  }

  /// The workload in words, for the report.
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
