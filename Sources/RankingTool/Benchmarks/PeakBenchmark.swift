import ArgumentParser
import Configuration
import TensorCore

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
