import ArgumentParser
import Ranking

/// The rows that a benchmark draws.
struct BenchmarkRowOptions: ParsableArguments {
  @Option(help: "The shape of rows and layers.")
  var shape = BenchmarkShape.aliexpress

  @Option(help: "The number of scenarios.")
  var scenarios = 4

  @Option(help: "Total rows of the embedding tables of all fields (default: 1000 per field).")
  var vocabulary: Int?

  func validate() throws {
    try check(scenarios, named: "--scenarios", in: 1...1024)
    try check(vocabulary ?? 1, named: "--vocabulary", in: 1...100_000_000)
  }

  /// Returns what the rows are made of.
  func problem() throws -> Problem {
    try shape.problem(
      vocabularySize: vocabulary ?? shape.vocabularySize, scenarioCount: scenarios)
  }
}

/// Refuses a number out of bounds.
func check(_ value: Int, named name: String, in bounds: ClosedRange<Int>) throws {
  guard !bounds.contains(value) else { return }
  throw ValidationError(
    "\(name) is \(value), but must be a whole number from \(bounds.lowerBound) to "
      + "\(bounds.upperBound)")
}
