import ArgumentParser
import Foundation

struct BenchCacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Write a large cache of random rows, for measuring reads.",
    discussion: """
      Example:
        aesm2 bench cache --rows 20000000 --output cache/random
        aesm2 bench train --model mmoe --data cache/random --steps 500
      """)

  @Option(name: .customLong("rows"), help: "The number of training rows.")
  var rowCount = 20_000_000

  @OptionGroup var rows: BenchmarkRowOptions

  @Option(help: "The cache folder to write.")
  var output: String

  @OptionGroup var threads: ThreadOptions

  func validate() throws { try check(rowCount, named: "--rows", in: 1...1_000_000_000) }

  func run() throws {
    threads.apply()
    let dataset = try RandomCache(problem: try rows.problem(), rowCount: rowCount)
      .write(to: URL(fileURLWithPath: output))
    print("\(dataset.url.path): \(dataset.training.rows.rowCount) training rows")
  }
}
