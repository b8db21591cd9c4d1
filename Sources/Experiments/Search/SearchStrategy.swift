import Configuration

/// A way of choosing the settings that a row of a table tries.
///
/// Trials come in rounds. A round is a pure function of the trials that ended before it, so the plan of an
/// experiment can be derived again at any time, from any number of processes, and is the same. A strategy
/// that looks at no result has one round.
///
/// To add one: a file with the type, and a line in ``searchStrategies``.
public protocol SearchStrategy: Sendable {
  /// The name in specifications.
  static var id: String { get }

  /// What it does, in one sentence.
  static var summary: String { get }

  /// Prepares the search of a row.
  init(_ row: ExperimentRow)

  /// The number of trials when the search is over.
  var trialCount: Int { get }

  /// How the row was searched, for the notes of a table, without the seeds of its trials.
  var words: String { get }

  /// Returns the trials of the next round; none where the search is over.
  ///
  /// - Parameters:
  ///   - finished: All trials of earlier rounds, in order; every one has ended.
  ///   - space: What may be searched.
  /// - Throws: ``Diagnostic`` where no trial can be named, such as where settings do not fit
  ///   together.
  func nextRound(after finished: [FinishedTrial], in space: SearchSpace) throws -> [Trial]
}

/// The strategies, in the order in which they are listed.
public let searchStrategies: [any SearchStrategy.Type] = [
  NoSearch.self,
  GridSearch.self,
  RandomSearch.self,
  LatinHypercubeSearch.self,
]

/// Settings that a search tries: what is fixed by the specification, and what the strategy chose.
public struct Trial: Sendable, Equatable {
  /// The number of the trial in its row, counted from 0.
  public var number: Int
  /// Settings of the model that differ from its defaults.
  public var settings: [String: ConfigurationValue]
  /// Settings of the trainer that differ from its defaults.
  public var training: [String: ConfigurationValue]

  /// Creates the trial of a row's fixed settings, all else at its default.
  public init(_ number: Int, fixedBy row: ExperimentRow) {
    self.number = number
    settings = row.settings
    training = row.training
  }
}

/// A trial that has ended on all its seeds.
public struct FinishedTrial: Sendable {
  /// The trial, its settings as the strategy gave them.
  public let trial: Trial
  /// The mean of the metric to choose by over the seeds of the search, on validation; nil where a run
  /// failed or has no such metric.
  public let score: Double?
}

/// The settings that a search may vary, with the distributions that the model and the trainer declare.
public struct SearchSpace: Sendable {
  /// The settings of the model.
  public let model: SettingsSchema
  /// The settings of the trainer.
  public let training: SettingsSchema

  /// Creates a space.
  public init(model: SettingsSchema, training: SettingsSchema) {
    self.model = model
    self.training = training
  }

  /// Returns a trial with all settings, those of defaults included.
  ///
  /// - Throws: ``Diagnostic`` where settings do not fit together.
  func resolve(_ trial: Trial) throws -> Trial {
    var result = trial
    result.settings = try model.resolve(trial.settings)
    result.training = try training.resolve(trial.training)
    return result
  }
}

extension ExperimentRow {
  /// How the row is searched.
  public var strategy: any SearchStrategy {
    let type = searchStrategies.first { $0.id == search.strategy } ?? NoSearch.self
    return type.init(self)
  }

  /// The number of trials when the search is over.
  public var trialCount: Int { strategy.trialCount }

  /// The number of runs that the search takes: none where there is nothing to choose.
  public var budget: Int {
    let count = trialCount
    return count > 1 ? count * search.runSeeds.count : 0
  }
}
