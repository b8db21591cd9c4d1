import Configuration
import Experiments
import ExperimentsTestKit
import Foundation

/// Runs a search strategy on a function and prints a line of JSON for every seed.
///
///     SearchBenchmark FUNCTION STRATEGY TRIALS ROUND SEEDS
///
/// ROUND 0 is the strategy's own; seeds are 0 to below SEEDS. A line has the seed and the trials in
/// order, each with its settings and its value. `SearchBenchmark record` makes the table of the
/// function `recorded` again.
@main struct SearchBenchmark {
  static func main() {
    do { try run() } catch {
      FileHandle.standardError.write(Data("SearchBenchmark: \(error)\n".utf8))
      exit(64)
    }
  }

  private static func run() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments != ["record"] else { return try RecordRuns.write() }
    let functions = SearchFunction.formulas + [SearchFunction.recorded]
    let numbers = arguments.dropFirst(2).compactMap { Int($0) }
    guard arguments.count == 5, numbers.count == 3, numbers[0] > 0 else {
      throw Diagnostic("usage: SearchBenchmark FUNCTION STRATEGY TRIALS ROUND SEEDS")
    }
    guard let function = functions.first(where: { $0.name == arguments[0] }) else {
      throw Diagnostic.unknown("function", arguments[0], accepted: functions.map(\.name))
    }
    guard let strategy = searchStrategies.first(where: { $0.id == arguments[1] }) else {
      throw Diagnostic.unknown(
        "search strategy", arguments[1], accepted: searchStrategies.map { $0.id })
    }
    for seed in 0..<max(1, numbers[2]) {
      let steps = try function.search(
        by: strategy, trials: numbers[0], round: numbers[1] > 0 ? numbers[1] : nil, seed: seed)
      let trials = steps.map {
        ConfigurationValue.object([
          "settings": .object($0.trial.settings), "value": .number($0.value),
        ])
      }
      print(
        ConfigurationValue.object(["seed": .integer(seed), "trials": .list(trials)]).canonicalJSON)
    }
  }
}
