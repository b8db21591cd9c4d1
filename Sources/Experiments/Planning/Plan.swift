import Foundation
import Ranking
import Training

/// The runs of an experiment, derived from its specification and from what is already done.
///
/// A plan holds no state. First every row's proposals are tried on the search seeds; when all of a
/// row's trials have ended, its settings are chosen and repeated on the seeds of the table. Deriving
/// the plan again gives the same runs.
public struct Plan: Sendable {
  /// What a run is for.
  public enum Purpose: String, Sendable, CaseIterable {
    /// Trying a proposal, to choose among them.
    case search
    /// Repeating the chosen proposal: these runs are in the table.
    case result
  }

  /// A run with its place in the experiment.
  public struct Run: Sendable, Equatable {
    /// The label of the row.
    public let row: String
    /// What the run is for.
    public let purpose: Purpose
    /// The number of the proposal.
    public let draw: Int
    /// What decides the run's result; its id names the run.
    public let configuration: RunConfiguration
    /// The name of the run.
    public let id: String
    /// The folder of the predictions to measure, where they were handed in.
    let predictions: String?
  }

  /// How far a row is.
  private enum Stage {
    /// Trials are to be run.
    case searching
    /// A draw was chosen: it is repeated on the seeds of the table.
    case repeating(draw: Int)
    /// No trial has a score to choose by.
    case nothingToChoose
  }

  /// The specification.
  public let specification: ExperimentSpecification

  /// The fingerprint of the data.
  public let dataset: String

  private struct Row: Sendable {
    let declared: ExperimentRow
    /// For every proposal its draw and all settings.
    let proposals: [Proposal]
    let searchRuns: [Run]
    /// The runs of predictions that were handed in; nil for a model that is trained.
    var externalRuns: [Run]?
  }

  private let rows: [Row]

  /// Derives the plan.
  ///
  /// - Parameter folder: What paths of predictions are relative to: the folder of the specification.
  /// - Throws: ``ConfigurationError`` where proposals do not fit the models, or where predictions
  ///   that are handed in cannot be read or are of other data.
  public init(
    _ specification: ExperimentSpecification, catalog: Catalog, training: SettingsSchema,
    dataset: String, relativeTo folder: String = "."
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
      let model = SettingsSchema(entry)
      let training = entry.isFittedExactly ? training.unsearched : training
      let proposals = try row.proposals(model: model, training: training)
      let resolved = try concurrentMap(proposals) { proposal in
        Result {
          Proposal(
            draw: proposal.draw, settings: try model.resolve(proposal.settings),
            training: try training.resolve(proposal.training))
        }
      }.map { try $0.get() }
      let seeds = row.search.runSeeds
      let searchRuns = concurrentMap(row.budget == 0 ? [] : Array(resolved.indices)) { index in
        Self.runs(.search, resolved[index], of: row, seeds: seeds, dataset: dataset)
      }
      return Row(declared: row, proposals: resolved, searchRuns: Array(searchRuns.joined()))
    }
  }

  private static func runs(
    _ purpose: Purpose, _ proposal: Proposal, of row: ExperimentRow, seeds: [Int], dataset: String
  ) -> [Run] {
    var configuration = RunConfiguration(
      model: row.model, settings: proposal.settings, training: proposal.training,
      dataset: dataset, seed: seeds.first ?? 0)
    return zip(seeds, configuration.ids(seeds: seeds)).map { seed, id in
      configuration.seed = seed
      return Run(
        row: row.label, purpose: purpose, draw: proposal.draw, configuration: configuration,
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
        row: row.label, purpose: .result, draw: 0, configuration: configuration,
        id: configuration.id, predictions: place)
    }
    return Row(declared: row, proposals: [], searchRuns: [], externalRuns: runs)
  }

  /// Returns the runs that can be named now: all trials, and the repetitions of rows whose trials
  /// have ended.
  ///
  /// A run that two rows share is listed once for each.
  ///
  /// - Parameter outcome: Returns what a run came to; nil where it has not ended.
  public func runs(outcome: (String) throws -> RunOutcome?) throws -> [Run] {
    try rows.flatMap { row -> [Run] in
      guard case .repeating(let draw) = try stage(of: row, outcome: outcome) else {
        return row.searchRuns
      }
      return row.searchRuns
        + (row.externalRuns
          ?? Self.runs(
            .result, row.proposals[draw], of: row.declared, seeds: specification.seeds,
            dataset: dataset))
    }
  }

  /// The number of runs when everything is done.
  public var finalCount: Int {
    rows.reduce(0) { $0 + $1.searchRuns.count + specification.seeds.count }
  }

  /// Checks that neither settings nor weights are chosen by validation metrics.
  ///
  /// - Throws: ``ConfigurationError`` that names the row.
  package func checkThatNothingIsChosenByValidation() throws {
    for row in rows {
      guard row.searchRuns.isEmpty else {
        throw ConfigurationError(
          "row '\(row.declared.label)' has \(row.proposals.count) trials to choose from by validation, but "
            + "the data set has no validation rows: give it one trial (search strategy none), or "
            + "import the data with a validation split")
      }
      let kept =
        row.externalRuns?.map(\.configuration.training["keptWeights"])
        ?? row.proposals.map(\.training["keptWeights"])
      guard kept.allSatisfy({ $0 == .string(KeptWeights.last.rawValue) }) else {
        throw ConfigurationError(
          "row '\(row.declared.label)' keeps the best weights by validation, but the data set has no "
            + "validation rows: set keptWeights to last under training, or import the data with a "
            + "validation split")
      }
    }
  }

  private func stage(of row: Row, outcome: (String) throws -> RunOutcome?) throws -> Stage {
    guard !row.searchRuns.isEmpty else { return .repeating(draw: 0) }
    var views: [ValidationView] = []
    for run in row.searchRuns {
      switch try outcome(run.id) {
      case nil: return .searching
      case .failed: continue
      case .done(let record):
        views.append(
          ValidationView(
            draw: run.draw, seed: run.configuration.seed, validation: record.validation))
      }
    }
    return try specification.selection
      .chosenDraw(among: views, runSeeds: row.declared.search.runSeeds)
      .map { .repeating(draw: $0) } ?? .nothingToChoose
  }
}
