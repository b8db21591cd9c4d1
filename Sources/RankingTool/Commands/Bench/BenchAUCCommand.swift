import ArgumentParser

struct BenchAUCCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "auc",
    abstract: "Measure the exact area under the ROC curve of random scores with ties.",
    discussion: """
      Example:
        aesm2 bench auc --rows 10000000 --threads 2
      """)

  @Option(help: "The number of scores.")
  var rows = 10_000_000

  @Option(help: "Repetitions; the median is reported.")
  var repetitions = 3

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one line of JSON.")
  var json = false

  func validate() throws {
    try check(rows, named: "--rows", in: 1...1_000_000_000)
    try check(repetitions, named: "--repetitions", in: 1...1000)
  }

  func run() throws {
    threads.apply()
    AreaBenchmark(rowCount: rows, repetitions: repetitions).measure().print(json: json)
  }
}
