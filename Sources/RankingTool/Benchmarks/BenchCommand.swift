import ArgumentParser
import Configuration
import Datasets
import Foundation
import Ranking
import SyntheticData
import TensorCore
import Training

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure speed and memory.",
    discussion: """
      Without a subcommand: kernels and the training steps of every model, as JSON. For reliable \
      figures, run nothing else on the machine and unset OPENBLAS_CORETYPE.

      Example:
        aesm2 bench train --model mmoe --threads 2 --json
      """,
    subcommands: [
      BenchAllCommand.self, BenchTrainCommand.self, BenchRanksCommand.self, BenchScoreCommand.self,
      BenchAUCCommand.self,
      BenchPeakCommand.self, BenchTraceCommand.self, BenchCacheCommand.self,
    ],
    defaultSubcommand: BenchAllCommand.self)
}

struct BenchAllCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "all",
    abstract: "Measure kernels and the training steps of every model, as JSON.",
    discussion: """
      Kernels: forward matrix products of a layer, in GFLOP/s. Training steps: rows per second \
      of every model that suits rows shaped like the aliexpress twin. Best of several repetitions.

      Example:
        aesm2 bench all --threads 1 --batch-size 1024
      """)

  @Option(help: "Rows per training step.")
  var batchSize = 1024

  @Option(help: "Training steps per repetition.")
  var steps = 20

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    try check(batchSize, named: "--batch-size", in: 1...100_000)
    try check(steps, named: "--steps", in: 1...100_000)
  }

  func run() throws {
    try threads.applyForProducts()
    let training = try TrainingBenchmark(batchSize: batchSize, steps: steps)
    defer { training.removeData() }
    let result = ConfigurationValue.object([
      "blas": .string(Parallelism.blasDescription),
      "layers": .list(LayerBenchmark.all.map { $0.measure() }),
      "threads": .integer(Parallelism.threadCount),
      "trainingSteps": .list(
        try RankingTool.catalog.entries.filter { !$0.isFittedExactly }.compactMap { entry in
          do { return try training.measure(entry) } catch let error as Diagnostic {
            StandardError.say("\(entry.card.id) is left out: \(error)")
            return nil
          }
        }),
    ])
    print(result.canonicalJSON)
  }
}

struct BenchPeakCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peak",
    abstract: "Measure the peak rate of matrix products on this machine.",
    discussion: """
      Every thread multiplies its own large square matrices; best of several repetitions.

      Example:
        aesm2 bench peak --threads 2
      """)

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one line of JSON.")
  var json = false

  func run() throws {
    try threads.applyForProducts()
    BenchmarkReport([
      "blas": .string(Parallelism.blasDescription),
      "peak_gflops": .number(rounded(MatrixProducts.bestPeakRate() / 1e9)),
      "threads": .integer(Parallelism.threadCount),
    ]).print(json: json)
  }
}

/// The speed of one linear layer: `[rows, inputs] · [inputs, outputs]`.
struct LayerBenchmark {
  let rows: Int
  let inputs: Int
  let outputs: Int

  /// Shapes that occur in the models: a first shared layer, an expert, and a large square.
  static let all = [
    LayerBenchmark(rows: 1024, inputs: 335, outputs: 256),
    LayerBenchmark(rows: 1024, inputs: 335, outputs: 64),
    LayerBenchmark(rows: 2048, inputs: 1024, outputs: 1024),
  ]

  /// Returns the shape and the GFLOP/s of the fastest repetition.
  func measure() -> ConfigurationValue {
    let x = Variable(Tensor(repeating: 0.5, shape: [rows, inputs]))
    let weights = Variable(Tensor(repeating: 0.25, shape: [inputs, outputs]))
    let bias = Variable(Tensor(zeros: [outputs]))
    let operations = 2 * Double(rows) * Double(inputs) * Double(outputs)
    let repetitions = max(3, Int(2e9 / operations))
    let clock = ContinuousClock()
    let fastest =
      (0..<repetitions).map { _ in
        clock.measure { _ = x.affine(weight: weights, bias: bias) }
      }.min() ?? .zero
    return .object([
      "gigaflopsPerSecond": .number(rounded(operations / (fastest / .seconds(1)) / 1e9)),
      "inputs": .integer(inputs), "outputs": .integer(outputs), "rows": .integer(rows),
    ])
  }
}
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
  /// repetitions, after the same number of warm-up steps.
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
