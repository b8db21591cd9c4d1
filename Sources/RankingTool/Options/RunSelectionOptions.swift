import ArgumentParser
import Configuration
import Experiments
import Foundation
import TensorCore

/// Where a command finds runs.
struct RunSourceOptions: ParsableArguments {
  @Option(
    name: .customLong("from"),
    help: "A store, a run folder, or a results file or folder; repeatable (default: runs).")
  var sources: [String] = []

  /// The paths of the sources.
  var paths: [String] { sources.isEmpty ? ["runs"] : sources }

  /// Reads all runs, and names those that cannot be used.
  func runs() throws -> RunCollection {
    Parallelism.use(threadCount: ProcessInfo.processInfo.activeProcessorCount)
    return try .reportingProblems(of: paths)
  }
}

/// The runs that a command is to work on.
struct RunSelectionOptions: ParsableArguments {
  @OptionGroup var source: RunSourceOptions

  @Option(
    name: .customLong("where"),
    help: "Only runs that meet a condition, such as model=mmoe; repeatable.")
  var conditions: [String] = []

  @Option(help: "Only the runs of this experiment, a YAML file.")
  var spec: String?

  /// Reads the runs.
  ///
  /// - Throws: ``Diagnostic`` if an option is wrong, or the experiment has runs on several data
  ///   sets that it does not name, which would be mixed.
  func runs() throws -> RunCollection {
    var runs = try source.runs()
    try blamingCommandLine { try runs.keep(where: conditions) }
    guard let spec else { return runs }
    // The journal of a warm-started search is in the store.
    let experiment = try ExperimentOptions(spec: spec, store: source.paths[0])
    let specification = try experiment.specification()
    let named = try experiment.namedDatasets(of: specification)
    let datasets = try runs.keepRuns(
      of: try experiment.planOnAnyData(of: specification), cells: named ?? [])
    let isOneExperiment =
      named.map { Set($0.map(\.fingerprint)).isSuperset(of: datasets) } ?? (datasets.count < 2)
    guard isOneExperiment else {
      let shown = datasets.map { "--where dataset=\($0.prefix(12))" }.joined(separator: ", ")
      throw Diagnostic("has runs on \(datasets.count) data sets here: add one of \(shown)").at(spec)
    }
    return runs
  }
}

extension RunCollection {
  /// Reads all runs of the sources, and names those that cannot be used.
  static func reportingProblems(of paths: [String]) throws -> RunCollection {
    let runs = try RunCollection(contentsOf: paths)
    runs.problems.forEach(StandardError.say)
    return runs
  }

  /// Keeps the runs that meet all conditions.
  mutating func keep(where conditions: [String]) throws {
    let parsed = try conditions.map { text in
      try locating("--where") { try RunCondition(text, among: runs) }
    }
    keep { run in parsed.allSatisfy { $0.isMet(by: run) } }
  }
}
