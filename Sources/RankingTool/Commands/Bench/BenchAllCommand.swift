import ArgumentParser
import Configuration
import Foundation
import TensorCore

struct BenchAllCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "all",
    abstract: "Measure kernels and the training steps of every model, as JSON.",
    discussion: """
      Kernels: forward matrix products of a layer, in GFLOP/s. Training steps: rows per second \
      of every model on rows shaped like the aliexpress twin. Best of several repetitions.

      Example:
        aesm2 bench all --threads 1 --batch-size 1024
      """)

  @Option(help: "Rows per training step.")
  var batchSize = 1024

  @Option(help: "Training steps per repetition.")
  var steps = 20

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    for (name, value) in [("--batch-size", batchSize), ("--steps", steps)]
    where !(1...100_000).contains(value) {
      throw ValidationError("\(name) is \(value), but must be a whole number from 1 to 100000")
    }
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
        try RankingTool.catalog.entries.filter { !$0.isFittedExactly }.map {
          try training.measure($0)
        }),
    ])
    print(result.canonicalJSON)
  }
}
