import ArgumentParser
import Configuration
import Experiments
import Foundation
import Training

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Test whether one model is better than another.",
    discussion: """
      A and B are rows of an experiment's table, ids of models, conditions separated by commas, ids of \
      runs, or run folders. Each must be one model with one set of settings, and both must have the \
      same seeds on the same data. The test split decides: a difference counts if the paired t-test, \
      Holm-corrected over the rows of the table, is below 0.05; otherwise it is a tie, broken in favor \
      of the model with fewer parameters.

      With --data, and run folders that hold weights, the models predict the test split again: DeLong's \
      paired test and, where rows have groups such as users, a bootstrap of groups add what the choice \
      of test rows leaves open, which seeds do not show.

      Example:
        aesm2 compare PLE MMoE --from results/quickstart
        aesm2 compare AESM² Shared-Bottom --from results/us-flights --by scenario
        aesm2 train --data cache/aliexpress --model ple --set epochs=1 \\
          --run-dir runs/second
        aesm2 compare runs/second runs/first --data cache/aliexpress
      """)

  /// What the table is broken down by.
  enum Breakdown: String, CaseIterable, ExpressibleByArgument { case scenario }

  @Argument(help: ArgumentHelp("The first model.", valueName: "a"))
  var first: String

  @Argument(help: ArgumentHelp("The second model, which is subtracted.", valueName: "b"))
  var second: String

  @OptionGroup var selection: RunSelectionOptions

  @Option(help: "Add a row for every scenario.")
  var by: Breakdown?

  @Option(
    name: .customLong("metric"),
    help: "A metric such as auc, or a number such as auc/click/pooled; repeatable (default: auc).")
  var metrics: [String] = []

  @Option(help: "The smallest difference that matters.")
  var effect = 0.001

  @Option(help: "The cache folder of the data, to predict the test split again.")
  var data: String?

  @Option(help: "The number of bootstrap samples of groups, with --data.")
  var replicates = 1000

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    try check(replicates, named: "--replicates", in: 100...100_000)
    guard effect > 0, effect <= 1 else {
      throw ValidationError("--effect is \(effect), but must be more than 0 and at most 1")
    }
  }

  func run() throws {
    try threads.applyForProducts()
    let runs = try pairedRuns()
    let names = try blamingCommandLine { try self.names(of: runs.grid) }
    let table = ComparisonTable(runs, names, effect: effect)
    guard !table.rows.isEmpty else {
      throw Diagnostic(
        "nothing can be compared: undefined on a seed: "
          + names.map(\.description).joined(separator: ", "))
    }
    let listing = CompareListing(
      runs, table, effect: effect,
      areas: try data.map { try areas(of: runs, names: names, data: $0) })
    print(json ? listing.value.canonicalJSON : printable(listing.text))
  }

  // MARK: - Runs

  private func pairedRuns() throws -> PairedRuns {
    func isFolder(_ text: String) -> Bool { access("\(text)/configuration.json", F_OK) == 0 }
    let isAllFolders = isFolder(first) && isFolder(second)
    let known = try isAllFolders ? RunCollection([]) : selection.runs()
    func side(_ text: String) throws -> PairedRuns.Side {
      let chosen =
        try isFolder(text)
        ? RunCollection(contentsOf: [text]).runs
        : blamingCommandLine { try runs(named: text, in: known) }
      return try PairedRuns.Side(label: text, runs: chosen)
    }
    return try PairedRuns(try side(first), try side(second))
  }

  /// Returns the runs that a text stands for: those that meet conditions, the results of a row or a
  /// model, or the run whose id begins so.
  private func runs(named text: String, in known: RunCollection) throws -> [StoredRun] {
    if RunCondition.isCondition(text) {
      let conditions = try RunCondition.list(text, among: known.runs)
      return known.runs.filter { run in conditions.allSatisfy { $0.isMet(by: run) } }
    }
    let results = known.runs.filter { run in
      run.places.isEmpty || run.places.contains { $0.purpose == .result }
    }
    let ofRow = results.filter { run in
      run.places.contains { $0.row == text && $0.purpose == .result }
    }
    if !ofRow.isEmpty { return ofRow }
    let ofModel = results.filter { $0.configuration.model == text }
    if !ofModel.isEmpty { return ofModel }
    let isID = text.count >= 4 && text.allSatisfy(\.isHexDigit)
    if isID, known.runs.contains(where: { $0.id.hasPrefix(text.lowercased()) }) {
      return [try known.run(text)]
    }
    var names: [String] = []
    for name in results.flatMap({ $0.places.map(\.row) + [$0.configuration.model] })
    where !names.contains(name) {
      names.append(name)
    }
    throw Diagnostic.unknown("row, model, run or run folder", text, accepted: names)
  }

  // MARK: - Numbers

  /// Returns the numbers that are compared, each once.
  private func names(of grid: MetricGrid) throws -> [MetricName] {
    let known = grid.metrics.flatMap(grid.names)
    let asked = try (metrics.isEmpty ? ["auc"] : metrics).flatMap { text -> [MetricName] in
      guard !text.contains("/") else {
        let name = try MetricName(text)
        guard known.contains(name) else {
          throw Diagnostic.unknown("metric", text, accepted: known.map(\.description))
        }
        return [name]
      }
      guard let metric = grid.metrics.first(where: { $0.id == text }) else {
        throw Diagnostic.unknown("metric", text, accepted: grid.metrics.map(\.id))
      }
      return grid.tasks.flatMap { task in
        [MetricName(metric, .task(task))]
          + (by == nil
            ? [] : grid.scenarios.map { MetricName(metric, .cell(task: task, scenario: $0)) })
      }
    }
    var names: [MetricName] = []
    for name in asked where !names.contains(name) { names.append(name) }
    return names
  }

  /// Predicts the test split by all runs, and compares the AUCs of every task that is shown.
  private func areas(of runs: PairedRuns, names: [MetricName], data: String) throws
    -> [String: AreaComparison]
  {
    let dataset = try DataOptions.parse(["--data", data]).open()
    let grid = runs.grid
    let tasks = grid.tasks.indices.filter { task in
      names.contains { $0.metric == .auc && $0.scope.involves(grid.tasks[task]) }
    }
    func rows(_ side: PairedRuns.Side) throws -> [[ScoredRows]] {
      try side.runs.map { run in
        guard let directory = run.directory else {
          throw Diagnostic(
            "\(run.id.prefix(8)) is known by its record only: --data needs the folders of runs"
          ).at(side.label)
        }
        let evaluation = try TrainedRun(in: directory, on: dataset).evaluation(on: .test)
        return tasks.map { evaluation.rows(ofTask: $0) }
      }
    }
    let (first, second) = (try rows(runs.first), try rows(runs.second))
    return Dictionary(
      uniqueKeysWithValues: tasks.enumerated().map { index, task in
        (
          grid.tasks[task],
          AreaComparison(
            first: first.map { $0[index] }, second: second.map { $0[index] },
            scenarioCount: grid.scenarios.count, replicates: replicates)
        )
      })
  }
}

extension MetricScope {
  /// Whether the number is one of a task.
  fileprivate func involves(_ task: String) -> Bool {
    switch self {
    case .macro, .pooled: false
    case .task(let own), .taskPooled(let own), .cell(let own, _): own == task
    }
  }
}
