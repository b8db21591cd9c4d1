import ArgumentParser

struct BenchScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Measure the scoring of one model: forward passes in evaluation mode.",
    discussion: """
      Example:
        aesm2 bench score --model ple --threads 2 --json
      """)

  @OptionGroup var workload: WorkloadOptions

  @Option(help: "The number of measured batches.")
  var steps = 40

  @Option(help: "The number of warm-up batches, not measured.")
  var warmUp = 5

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one line of JSON.")
  var json = false

  func validate() throws {
    try check(steps, named: "--steps", in: 1...100_000)
    try check(warmUp, named: "--warm-up", in: 0...100_000)
  }

  func run() throws {
    try threads.applyForProducts()
    try ScoringBenchmark(workload: try workload.workload(), warmUp: warmUp, steps: steps)
      .measure().print(json: json)
  }
}
