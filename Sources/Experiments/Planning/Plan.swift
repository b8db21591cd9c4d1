import Configuration
import Foundation
import Ranking
import TensorCore
import Training

/// The runs of an experiment, derived from its specification and from what is already done.
///
/// A plan holds no state. First every row's trials are run on the search seeds, round by round (see
/// ``SearchStrategy``); when its search is over, the row's settings are chosen and repeated on the seeds
/// of the table. Deriving the plan again gives the same runs.
public struct Plan: Sendable {
  /// What a run is for.
  public enum Purpose: String, Sendable, CaseIterable {
    /// A trial, to choose among them.
    case search
    /// Repeating the chosen trial: these runs are in the table.
    case result
  }

  /// A run with its place in the experiment.
  public struct Run: Sendable, Equatable {
    /// The label of the row.
    public let row: String
    /// What the run is for.
    public let purpose: Purpose
    /// The number of the trial.
    public let trial: Int
    /// What decides the run's result; its id names the run.
    public let configuration: RunConfiguration
    /// The name of the run.
    public let id: String
    /// The folder of the predictions to measure, where they were handed in.
    let predictions: String?
  }

  /// The specification.
  public let specification: ExperimentSpecification

  /// The fingerprint of the data.
  public let dataset: String

  private struct Row: Sendable {
    let declared: ExperimentRow
    let strategy: any SearchStrategy
    /// What its trials are drawn from; nil for predictions that were handed in.
    var space: SearchSpace?
    /// The first round, which depends on no result.
    var firstRound = Round(trials: [], runs: [])
    /// The runs of predictions that were handed in.
    var externalRuns: [Run] = []

    /// The number of runs that the search takes: none where there is nothing to choose.
    var budget: Int {
      strategy.trialCount > 1 ? strategy.trialCount * declared.search.runSeeds.count : 0
    }
  }

  /// Trials that can be named together.
  private struct Round: Sendable {
    /// The trials, their settings as the strategy gave them.
    let trials: [Trial]
    /// The runs of every trial; none where the row has nothing to choose.
    let runs: [[Run]]
  }

  private let rows: [Row]

  /// Derives the plan.
  ///
  /// - Parameters:
  ///   - specification: The experiment.
  ///   - catalog: The models.
  ///   - training: The settings of the trainer.
  ///   - dataset: The fingerprint of the data.
  ///   - folder: The folder of the specification, to which paths of predictions are relative.
  ///   - strategy: The search of a row: the one of ``searchStrategies`` that the specification names.
  /// - Throws: ``Diagnostic`` where trials do not fit the models, or where predictions
  ///   that are handed in cannot be read or are of other data.
  public init(
    _ specification: ExperimentSpecification, catalog: Catalog, training: SettingsSchema,
    dataset: String, relativeTo folder: String = ".",
    strategy: (ExperimentRow) -> any SearchStrategy = { $0.strategy }
  ) throws {
    self.specification = specification
    self.dataset = dataset
    rows = try specification.rows.map { row in
      if let predictions = row.predictions {
        return try Self.externalRow(
          row, predictions: predictions, relativeTo: folder, dataset: dataset,
          seeds: specification.seeds)
      }
      let entry = try catalog.entry(row.model)
      let space = SearchSpace(
        model: SettingsSchema(entry),
        training: entry.isFittedExactly ? training.unsearched : training)
      var result = Row(declared: row, strategy: strategy(row), space: space)
      result.firstRound = try Self.round(after: [], of: result, in: space, dataset: dataset)
      return result
    }
  }

  private static func round(
    after finished: [FinishedTrial], of row: Row, in space: SearchSpace, dataset: String
  ) throws -> Round {
    let trials = try row.strategy.nextRound(after: finished, in: space)
    let runs = try concurrentMap(row.budget == 0 ? [] : trials) { trial in
      Result {
        try Self.runs(
          .search, trial, of: row.declared, in: space, seeds: row.declared.search.runSeeds,
          dataset: dataset)
      }
    }.map { try $0.get() }
    return Round(trials: trials, runs: runs)
  }

  private static func runs(
    _ purpose: Purpose, _ trial: Trial, of row: ExperimentRow, in space: SearchSpace,
    seeds: [Int], dataset: String
  ) throws -> [Run] {
    let resolved = try space.resolve(trial)
    var configuration = RunConfiguration(
      model: row.model, settings: resolved.settings, training: resolved.training,
      dataset: dataset, seed: seeds.first ?? 0)
    return zip(seeds, configuration.ids(seeds: seeds)).map { seed, id in
      configuration.seed = seed
      return Run(
        row: row.label, purpose: purpose, trial: trial.number, configuration: configuration,
        id: id, predictions: nil)
    }
  }

  private static func externalRow(
    _ row: ExperimentRow, predictions: String, relativeTo folder: String, dataset: String,
    seeds: [Int]
  ) throws -> Row {
    let base = URL(fileURLWithPath: folder, isDirectory: true)
    let runs = try seeds.map { seed in
      let place = URL(
        fileURLWithPath: predictions.replacing("{seed}", with: String(seed)), relativeTo: base
      ).standardizedFileURL.path
      let external = try ExternalPredictions(folder: place)
      try external.check(dataset: dataset)
      let configuration = RunConfiguration(external: external, dataset: dataset, seed: seed)
      return Run(
        row: row.label, purpose: .result, trial: 0, configuration: configuration,
        id: configuration.id, predictions: place)
    }
    return Row(declared: row, strategy: NoSearch(row), externalRuns: runs)
  }

  /// Returns the runs that can be named now: the trials of all rounds whose earlier rounds have ended,
  /// and the repetitions of rows whose search is over.
  ///
  /// A run that two rows share is listed once for each.
  ///
  /// - Parameter outcome: Returns what a run came to; nil where it has not ended.
  public func runs(outcome: (String) throws -> RunOutcome?) throws -> [Run] {
    try rows.flatMap { row -> [Run] in
      guard let space = row.space else { return row.externalRuns }
      var (runs, trials): ([Run], [Trial]) = ([], [])
      var views: [ValidationView] = []
      var round = row.firstRound
      while !round.trials.isEmpty {
        trials += round.trials
        runs += round.runs.joined()
        var isOpen = false
        for run in round.runs.joined() {
          switch try outcome(run.id) {
          case nil: isOpen = true
          case .failed: continue
          case .done(let record):
            views.append(
              ValidationView(
                trial: run.trial, seed: run.configuration.seed, validation: record.validation))
          }
          if isOpen { break }
        }
        if isOpen { return runs }
        round = try Self.round(
          after: try finished(trials, views, of: row.declared), of: row, in: space,
          dataset: dataset)
      }
      guard let chosen = try chosenTrial(among: trials, views, of: row) else {
        return runs
      }
      return runs
        + (try Self.runs(
          .result, chosen, of: row.declared, in: space, seeds: specification.seeds,
          dataset: dataset))
    }
  }

  private func finished(_ trials: [Trial], _ views: [ValidationView], of row: ExperimentRow) throws
    -> [FinishedTrial]
  {
    let scores = try specification.selection.scores(of: views, runSeeds: row.search.runSeeds)
    return trials.map { FinishedTrial(trial: $0, score: scores[$0.number]) }
  }

  /// Returns the trial to be repeated; nil where no trial has a score.
  private func chosenTrial(
    among trials: [Trial], _ views: [ValidationView], of row: Row
  ) throws -> Trial? {
    guard row.budget > 0 else { return trials.first }
    let number = try specification.selection
      .chosenTrial(among: views, runSeeds: row.declared.search.runSeeds)
    return trials.first { $0.number == number }
  }

  /// The number of runs when everything is done.
  public var finalCount: Int {
    rows.reduce(0) { $0 + $1.budget + specification.seeds.count }
  }

  /// Checks that neither settings nor weights are chosen by validation metrics.
  ///
  /// - Throws: ``Diagnostic`` that names the row.
  package func checkThatNothingIsChosenByValidation() throws {
    for row in rows {
      guard row.budget == 0 else {
        throw Diagnostic(
          "row '\(row.declared.label)' has \(row.strategy.trialCount) trials to choose from by validation, but "
            + "the data set has no validation rows: give it one trial (search strategy none), or "
            + "import the data with a validation split")
      }
      let kept =
        try row.space.map { space in
          try row.firstRound.trials.map { try space.resolve($0).training["keptWeights"] }
        } ?? row.externalRuns.map(\.configuration.training["keptWeights"])
      guard kept.allSatisfy({ $0 == .string(KeptWeights.last.rawValue) }) else {
        throw Diagnostic(
          "row '\(row.declared.label)' keeps the best weights by validation, but the data set has no "
            + "validation rows: set keptWeights to last under training, or import the data with a "
            + "validation split")
      }
    }
  }
}
