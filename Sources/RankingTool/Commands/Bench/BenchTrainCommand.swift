import ArgumentParser

struct BenchTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Measure the training steps of one model.",
    discussion: """
      rows_per_s and step_s refer to the median step; rss_mb is the peak memory of the process; gflops \
      is the rate of the matrix products of a step, and peak_gflops the rate at the same precision \
      on large square matrices in this process.

      Example:
        aesm2 bench train --model aesm2 --experts 16 --threads 2 --json
        aesm2 bench train --model mmoe --precision bf16
        aesm2 bench train --model mmoe --vocabulary 1600000 --embedding-updates lazy
      """)

  @OptionGroup var workload: WorkloadOptions

  @Option(help: "The number of measured steps.")
  var steps = 20

  @Option(help: "The number of warm-up steps, not measured.")
  var warmUp = 3

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one line of JSON.")
  var json = false

  func validate() throws {
    try check(steps, named: "--steps", in: 1...100_000)
    try check(warmUp, named: "--warm-up", in: 0...100_000)
  }

  func run() throws {
    try threads.applyForProducts()
    try StepBenchmark(workload: try workload.workload(), warmUp: warmUp, steps: steps)
      .measure().print(json: json)
  }
}
