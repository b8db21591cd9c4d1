import Configuration
import Foundation
import Ranking
import Synchronization
import TensorCore
import Training

/// The runs of an experiment, derived from its specification and its finished runs.
///
/// A plan holds no state. First every row's trials run on the search seeds, round by round (see
/// ``SearchStrategy``); when the row's search is over, its settings are chosen and repeated on the
/// table's seeds. Deriving the plan again gives the same runs.
///
/// If the row has a ``TrialScheduler``, a trial is trained as far as the scheduler's verdict allows
/// (``Run/extent``); a pruned trial has ended.
public struct Plan: Sendable {
  /// The purpose of a run.
  public enum Purpose: String, Sendable, CaseIterable {
    /// A trial of a search.
    case search
    /// A repetition of the chosen trial, which appears in the table.
    case result
    /// A finished run of another experiment, from which a search learned (``WarmTrials``). It is part
    /// of results, but not of the runs of a plan.
    case warmStart = "warm-start"
  }

  /// A run with its place in the experiment.
  public struct Run: Sendable, Equatable {
    /// The label of the row.
    public let row: String
    /// The purpose of the run.
    public let purpose: Purpose
    /// The number of the trial.
    public let trial: Int
    /// The configuration that determines the run's result; its id names the run.
    public let configuration: RunConfiguration
    /// The name of the run.
    public let id: String
    /// The folder of external predictions to evaluate, if the row has such predictions.
    let predictions: String?
    /// How far the run is to be trained, as far as is known.
    public internal(set) var extent = Extent.whole
  }

  /// The specification.
  public let specification: ExperimentSpecification

  /// The fingerprint of the data.
  public let dataset: String

  private struct Row: Sendable {
    let declared: ExperimentRow
    let source: Source
  }

  /// The source of a row's runs.
  private enum Source: Sendable {
    /// Trials in a search space; the first round depends on no result.
    case search(SearchSpace, (any TrialScheduler)?, firstRound: Round)
    /// External predictions.
    case predictions([Run])
  }

  /// Trials that can be named at the same time.
  private struct Round: Sendable {
    let trials: [Trial]
    /// The runs of every trial; empty if the row has nothing to choose.
    let runs: [[Run]]
  }

  private var rows: [Row]

  /// The rounds derived so far, since a strategy may compute for long and plans are derived often.
  private var knownRounds = KnownRounds()

  private final class KnownRounds: Sendable {
    /// What determines a round: the row, and the scores and shares of the trials that ended before.
    struct Key: Hashable {
      let row: String
      let scores: [[Double?]]
    }

    private let rounds = Mutex<[Key: Round]>([:])

    func round(_ key: Key, derive: () throws -> Round) rethrows -> Round {
      if let known = rounds.withLock({ $0[key] }) { return known }
      let round = try derive()
      rounds.withLock { $0[key] = round }
      return round
    }
  }

  /// Derives the plan.
  ///
  /// - Parameters:
  ///   - specification: The experiment.
  ///   - catalog: The models.
  ///   - training: The settings of the trainer.
  ///   - dataset: The fingerprint of the data.
  ///   - problem: The problem of the data, for which constraints of searches are checked; without it
  ///     they admit everything.
  ///   - folder: The folder of the specification, against which paths of predictions are resolved.
  /// - Throws: ``Diagnostic`` if trials do not fit the models, or if external predictions cannot be
  ///   read or are for other data.
  public init(
    _ specification: ExperimentSpecification, catalog: Catalog, training: SettingsSchema,
    dataset: String, problem: Problem? = nil, relativeTo folder: String = "."
  ) throws {
    self.specification = specification
    self.dataset = dataset
    rows = try specification.rows.map { row in
      if let predictions = row.predictions {
        let runs = try Self.runs(
          of: row, predictions: predictions, relativeTo: folder, dataset: dataset,
          seeds: specification.seeds)
        return Row(declared: row, source: .predictions(runs))
      }
      let entry = try catalog.entry(row.model)
      var space = SearchSpace(
        model: SettingsSchema(entry),
        training: entry.isFittedExactly ? training.unsearched : training)
      if let problem { space.violation = row.admission(entry, on: problem) }
      let first = try Self.round(after: [], of: row, in: space, dataset: dataset)
      let scheduler = try row.scheduler(specification.selection, trials: first.trials)
      return Row(declared: row, source: .search(space, scheduler, firstRound: first))
    }
  }

  private static func round(
    after finished: [FinishedTrial], of row: ExperimentRow, in space: SearchSpace, dataset: String
  ) throws -> Round {
    let trials = try row.strategy.nextRound(after: finished, in: space)
    if row.budget == 0, let only = trials.first, let violation = space.refusal(of: only) {
      throw Diagnostic(
        "row '\(row.label)' \(violation), which its search excludes, and it has no other trial")
    }
    let runs = concurrentMap(row.budget == 0 ? [] : trials) { trial in
      var runs = Self.runs(
        .search, trial, of: row, seeds: row.search.runSeeds, dataset: dataset)
      if let violation = space.refusal(of: trial) {
        for index in runs.indices { runs[index].extent = .excluded(violation) }
      }
      return runs
    }
    // A search that goes on may still draw others.
    if !trials.isEmpty, trials.count == row.trialCount,
      let violation = trials.first.flatMap(space.refusal(of:)),
      runs.joined().allSatisfy({ if case .excluded = $0.extent { true } else { false } })
    {
      throw Diagnostic(
        "row '\(row.label)': its search excludes all \(counted(trials.count, "trial")), the first of which "
          + violation)
    }
    return Round(trials: trials, runs: runs)
  }

  private static func runs(
    _ purpose: Purpose, _ trial: Trial, of row: ExperimentRow, seeds: [Int], dataset: String
  ) -> [Run] {
    var configuration = RunConfiguration(
      model: row.model, settings: trial.settings, training: trial.training,
      dataset: dataset, seed: seeds.first ?? 0)
    return zip(seeds, configuration.ids(seeds: seeds)).map { seed, id in
      configuration.seed = seed
      return Run(
        row: row.label, purpose: purpose, trial: trial.number, configuration: configuration,
        id: id, predictions: nil)
    }
  }

  /// Returns the runs of a row with external predictions.
  private static func runs(
    of row: ExperimentRow, predictions: String, relativeTo folder: String, dataset: String,
    seeds: [Int]
  ) throws -> [Run] {
    let base = URL(fileURLWithPath: folder, isDirectory: true)
    return try seeds.map { seed in
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
  }

  /// Returns the runs that can be named now: the trials of all rounds whose earlier rounds have
  /// ended, and the repetitions of rows whose search is over.
  ///
  /// A run shared by two rows is listed once for each.
  ///
  /// - Parameters:
  ///   - outcome: Returns the outcome of a run; nil if it has not ended.
  ///   - pause: Returns the result of a run that has paused; nil if it never has. Only runs of rows
  ///     with a scheduler are asked about.
  public func runs(
    outcome: (String) throws -> RunOutcome?, pause: (String) throws -> RunPause? = { _ in nil }
  ) throws -> [Run] {
    try withoutActuallyEscaping(outcome) { outcome in
      try withoutActuallyEscaping(pause) { pause in
        try runs(RunResults(outcome: outcome, pause: pause))
      }
    }
  }

  private func runs(_ results: RunResults) throws -> [Run] {
    try rows.flatMap { row -> [Run] in
      switch row.source {
      case .predictions(let runs): return runs
      case .search(let space, let scheduler, let firstRound):
        let (trials, chosen) = try search(
          of: row.declared, in: space, scheduler, from: firstRound, results)
        guard let chosen else { return trials }
        return trials
          + Self.runs(
            .result, chosen, of: row.declared, seeds: specification.seeds, dataset: dataset)
      }
    }
  }

  /// Follows the search of a row up to the first round that has not ended.
  ///
  /// Returns the runs of its trials, and the trial to be repeated; nil if the search is not over,
  /// or if no trial has a score.
  private func search(
    of row: ExperimentRow, in space: SearchSpace, _ scheduler: (any TrialScheduler)?,
    from firstRound: Round, _ results: RunResults
  ) throws -> (runs: [Run], chosen: Trial?) {
    let selection = specification.selection
    var runs: [[Run]] = []
    var curves: [TrialCurve] = []
    var finished: [FinishedTrial] = []
    var scores: [Int: TrialScore] = [:]
    var round = firstRound
    var roundCount = 0
    while !round.trials.isEmpty {
      runs += round.runs
      if let scheduler, !round.runs.isEmpty {
        curves += try round.runs.map { try results.curve(of: $0, round: roundCount, selection) }
        for (index, verdict) in scheduler.verdicts(on: curves).enumerated() {
          for seed in runs[index].indices {
            runs[index][seed].extent = Extent(verdict, of: runs[index][seed])
          }
        }
      }
      var outcomes: [(trial: Int, outcome: RunOutcome)] = []
      for run in runs.suffix(round.runs.count).joined() {
        guard let outcome = try results.settled(run) else { return (Array(runs.joined()), nil) }
        outcomes.append((run.trial, outcome))
      }
      scores.merge(
        try selection.scores(of: outcomes, runSeeds: row.search.runSeeds)
      ) { $1 }
      finished += round.trials.map { trial in
        let score = scores[trial.number]
        return FinishedTrial(
          trial: trial, score: score.map { selection.merit($0.value) }, share: score?.share ?? 1)
      }
      let key = KnownRounds.Key(row: row.label, scores: finished.map { [$0.score, $0.share] })
      round = try knownRounds.round(key) {
        try Self.round(after: finished, of: row, in: space, dataset: dataset)
      }
      roundCount += 1
    }
    let choice = selection.choice(for: row, among: scores)
    return (Array(runs.joined()), finished.first { $0.trial.number == choice?.trial }?.trial)
  }

  /// Gives the searches that learn from earlier runs the runs that `find` returns.
  mutating func learn(
    from find: (ExperimentRow, SearchSpace, _ firstRound: [Run]) throws -> [RunRecord]
  ) throws {
    knownRounds = KnownRounds()
    for index in rows.indices {
      let row = rows[index].declared
      guard case .search(var space, let scheduler, let round) = rows[index].source,
        row.search.isWarmStarted, row.budget > 0
      else { continue }
      space.known = try WarmTrials(
        try find(row, space, Array(round.runs.joined())), by: specification.selection)
      let first = try Self.round(after: [], of: row, in: space, dataset: dataset)
      rows[index] = Row(declared: row, source: .search(space, scheduler, firstRound: first))
    }
  }

  /// The finished runs of other experiments from which searches learn, with the labels of the rows.
  var warmRuns: [(row: String, record: RunRecord)] {
    rows.flatMap { row -> [(String, RunRecord)] in
      guard case .search(let space, _, _) = row.source else { return [] }
      return space.known.records.map { (row.declared.label, $0) }
    }
  }

  /// The total number of runs once everything is done.
  public var finalCount: Int {
    specification.rows.reduce(0) { $0 + specification.runCount(of: $1) }
  }

  /// Checks that neither settings nor weights are chosen by validation metrics.
  ///
  /// - Throws: ``Diagnostic`` that names the row.
  package func checkThatNothingIsChosenByValidation() throws {
    for row in rows {
      let label = row.declared.label
      guard row.declared.budget == 0 else {
        throw Diagnostic(
          "row '\(label)' has \(row.declared.trialCount) trials to choose from by validation, but "
            + "the data set has no validation rows: give it one trial (search strategy none), or "
            + "import the data with a validation split")
      }
      let kept =
        switch row.source {
        case .search(_, _, let round): round.trials.map { $0.training["keptWeights"] }
        case .predictions(let runs): runs.map { $0.configuration.training["keptWeights"] }
        }
      guard kept.allSatisfy({ $0 == .string(KeptWeights.last.rawValue) }) else {
        throw Diagnostic(
          "row '\(label)' keeps the best weights by validation, but the data set has no "
            + "validation rows: set keptWeights to last under training, or import the data with a "
            + "validation split")
      }
    }
  }
}

extension Plan.Run {
  /// The run's place in the experiment, for messages.
  public var description: String {
    switch purpose {
    case .search: "\(row), trial \(trial), seed \(configuration.seed)"
    case .result, .warmStart: "\(row), seed \(configuration.seed)"
    }
  }
}
