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
  /// - Throws: ``Diagnostic`` if no trial can be named, such as where settings do not fit
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

/// Settings that a search tries; ``SearchSpace/trial(_:of:settings:training:)`` makes it.
public struct Trial: Sendable, Equatable {
  /// The number of the trial in its row, counted from 0.
  public let number: Int
  /// All settings of the model.
  public let settings: [String: ConfigurationValue]
  /// All settings of the trainer.
  public let training: [String: ConfigurationValue]
}

/// A trial that has ended on all its seeds.
public struct FinishedTrial: Sendable {
  /// The trial.
  public let trial: Trial
  /// The mean of the metric to choose by over the seeds of the search, on validation; nil if a run
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

  /// Returns the trial of a row's fixed settings and chosen ones, all else at its default.
  ///
  /// - Parameters:
  ///   - number: The number of the trial in its row, counted from 0.
  ///   - settings: The settings of the model that the strategy chose.
  ///   - training: Those of the trainer.
  /// - Throws: ``Diagnostic`` if settings do not fit together.
  public func trial(
    _ number: Int, of row: ExperimentRow, settings: [String: ConfigurationValue] = [:],
    training: [String: ConfigurationValue] = [:]
  ) throws -> Trial {
    Trial(
      number: number, settings: try model.resolve(row.settings.merging(settings) { $1 }),
      training: try self.training.resolve(row.training.merging(training) { $1 }))
  }
}

extension ExperimentRow {
  /// How the row is searched.
  public var strategy: any SearchStrategy { search.strategy.init(self) }

  /// The number of trials when the search is over.
  public var trialCount: Int { strategy.trialCount }

  /// The number of runs that the search takes: none where there is nothing to choose.
  public var budget: Int {
    let count = trialCount
    return count > 1 ? count * search.runSeeds.count : 0
  }
}

/// The fixed settings, all else at its default: one trial, which is not run apart.
package struct NoSearch: SearchStrategy {
  package static let id = "none"
  package static let summary = "The fixed settings, all else at its default; nothing is tried."

  private let row: ExperimentRow

  package init(_ row: ExperimentRow) { self.row = row }

  package var trialCount: Int { 1 }
  package var words: String { "no search" }

  package func nextRound(after finished: [FinishedTrial], in space: SearchSpace) throws -> [Trial] {
    finished.isEmpty ? [try space.trial(0, of: row)] : []
  }
}
