import ArgumentParser
import Configuration
import Ranking
import TensorCore
import Training

struct BenchAllCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "all",
    abstract: "Measure kernels and the training steps of every model, as JSON.",
    discussion: """
      Kernels: forward matrix products of a layer, in GFLOP/s. Training steps: rows per second \
      of every model with its default settings, and floating-point operations per row to score and to \
      train, on random rows of 16 fields, 63 numerical features and 4 scenarios.

      Example:
        aesm2 bench all --threads 1 --batch-size 1024
      """)

  @Option(help: "Rows per training step.")
  var batchSize = 1024

  @Option(help: "Measured training steps, after as many for warm-up.")
  var steps = 20

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    try check(batchSize, named: "--batch-size", in: 1...100_000)
    try check(steps, named: "--steps", in: 1...100_000)
  }

  func run() throws {
    try threads.applyForProducts()
    let result = ConfigurationValue.object([
      "blas": .string(Parallelism.blasDescription),
      "layers": .list(LayerBenchmark.all.map { $0.measure() }),
      "threads": .integer(Parallelism.threadCount),
      "trainingSteps": .list(
        try RankingTool.catalog.entries.filter { !$0.isFittedExactly }.compactMap { entry in
          do { return try measure(entry) } catch let error as Diagnostic {
            StandardError.say("\(entry.card.id) is left out: \(error)")
            return nil
          }
        }),
    ])
    print(result.canonicalJSON)
  }

  /// Measures the training steps of a model with its default settings.
  private func measure(_ entry: CatalogEntry) throws -> ConfigurationValue {
    var options = TrainingOptions()
    options.batchSize = batchSize
    let shape = BenchmarkShape.aliexpress
    let problem = try shape.problem(vocabularySize: shape.vocabularySize, scenarioCount: 4)
    let figures = try StepBenchmark(
      workload: BenchmarkWorkload(
        entry: entry, settings: [:], options: options, problem: problem, cached: nil),
      warmUp: steps, steps: steps
    ).measureSteps()
    return figures.object(
      of: [
        "batch_size": "batchSize", "model": "model", "parameters": "parameters",
        "rows_per_s": "rowsPerSecond", "flops_per_row": "flopsPerRow",
        "train_flops_per_row": "trainingFlopsPerRow",
      ])
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
