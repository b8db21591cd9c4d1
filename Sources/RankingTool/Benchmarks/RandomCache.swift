import ArgumentParser
import Datasets
import Foundation
import Ranking

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

/// A cache with any number of random rows, created by writing the same block repeatedly.
struct RandomCache {
  let problem: Problem
  let rowCount: Int

  private static let blockRowCount = 250_000
  private static let heldOutRowCount = 50_000

  /// Writes the training rows, and at most one block each of validation and test rows.
  func write(to folder: URL) throws -> Dataset {
    let writer = try DatasetWriter(
      problem: problem, at: folder, provenance: ["source": "random rows of aesm2 bench cache"])
    let block = RandomRows(
      problem: problem, storedCount: min(rowCount, Self.blockRowCount), rowCount: 1, seed: 1
    ).stored
    for start in stride(from: 0, to: rowCount, by: block.rowCount) {
      try writer.append(block.prefix(rowCount - start, of: problem), to: .train)
    }
    for split in [SplitName.validation, .test] {
      try writer.append(block.prefix(Self.heldOutRowCount, of: problem), to: split)
    }
    return try writer.finish()
  }
}

extension RowBlock {
  /// Returns the first rows, at most `count`.
  fileprivate func prefix(_ count: Int, of problem: Problem) -> RowBlock {
    guard count < rowCount else { return self }
    return RowBlock(
      ids: Array(ids.prefix(count * problem.fields.count)),
      numericals: Array(numericals.prefix(count * problem.numericals.count)),
      leaves: Array(leaves.prefix(count)),
      labels: Array(labels.prefix(count * problem.tasks.count)))
  }
}
