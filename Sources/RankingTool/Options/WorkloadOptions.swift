import ArgumentParser
import Configuration
import Datasets
import Foundation
import TensorCore
import Training

/// The model and the rows that a benchmark works on.
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

  /// Returns what the options describe.
  ///
  /// - Throws: ``UsageError`` for settings that cannot be; ``Diagnostic`` for the cache.
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

extension MatrixPrecision: ExpressibleByArgument {}

/// How embedding tables are updated, in the words of command lines.
enum EmbeddingUpdateChoice: String, CaseIterable, ExpressibleByArgument {
  /// The rows of the batch alone.
  case lazy
  /// All rows, as the dense rule says.
  case denseExact = "dense-exact"

  /// The trainer's setting.
  var setting: EmbeddingUpdates { self == .lazy ? .lazy : .denseExact }
}
