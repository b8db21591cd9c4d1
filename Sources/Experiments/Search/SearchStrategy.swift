import Configuration
import TensorCore

/// A method of choosing the settings that a row of a table tries.
///
/// Trials come in rounds. A round is a pure function of the trials that ended before it, so the
/// plan of an experiment can be derived again at any time, by any number of processes, with the
/// same result. A strategy that uses no results has one round.
///
/// To add one, add a file with the type and a line in ``searchStrategies``.
public protocol SearchStrategy: Sendable {
  /// The name in specifications.
  static var id: String { get }

  /// A one-sentence description.
  static var summary: String { get }

  /// Whether later trials depend on the results of earlier ones; false unless declared.
  static var isAdaptive: Bool { get }

  /// Whether trials also depend on ``SearchSpace/known`` ones; false unless declared.
  static var usesKnownTrials: Bool { get }

  /// Prepares the search for a row.
  init(_ row: ExperimentRow)

  /// The total number of trials once the search is over.
  var trialCount: Int { get }

  /// A description of the search for table notes, without the seeds of its trials.
  var words: String { get }

  /// Returns the trials of the next round; empty if the search is over.
  ///
  /// - Parameters:
  ///   - finished: All trials of earlier rounds, in order; every one has ended.
  ///   - space: The search space.
  /// - Throws: ``Diagnostic`` if no trial can be named, for example because settings are
  ///   incompatible.
  func nextRound(after finished: [FinishedTrial], in space: SearchSpace) throws -> [Trial]
}

extension SearchStrategy {
  /// False: all trials are chosen at once.
  public static var isAdaptive: Bool { false }

  /// False.
  public static var usesKnownTrials: Bool { false }
}

extension ExperimentRow {
  /// Returns the random stream of the row's search with the given purpose, which begins with the
  /// strategy's id or the trial's number.
  ///
  /// It is named by the search seed and the model, so rows of one model draw alike.
  func searchStream(_ purpose: String) -> RandomStream {
    RandomStreams(seed: UInt64(bitPattern: Int64(search.seed)))["search/\(model)/\(purpose)"]
  }
}

/// All strategies in listing order.
public let searchStrategies: [any SearchStrategy.Type] = [
  NoSearch.self,
  GridSearch.self,
  RandomSearch.self,
  LatinHypercubeSearch.self,
  SobolSearch.self,
  TPESearch.self,
  GaussianProcessSearch.self,
  CMAESSearch.self,
  EvolutionSearch.self,
]

/// Settings tried by a search; created by ``SearchSpace/trial(_:of:settings:training:)``.
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
  /// The validation selection metric, averaged over the seeds of the search; negated if less of it
  /// is better, so that the greater of two scores is always the better one.
  ///
  /// Nil if a run failed or does not define the metric. For a trial that a scheduler pruned, it is
  /// the last score.
  public let score: Double?
  /// The share of the trial's training that was done: below 1 if a scheduler pruned it.
  ///
  /// Scores of different shares are not comparable: a strategy that ranks trials puts those with a
  /// greater share first.
  public let share: Double

  /// Creates a finished trial.
  public init(trial: Trial, score: Double?, share: Double = 1) {
    self.trial = trial
    self.score = score
    self.share = share
  }
}

/// The settings that a search may vary, with the distributions declared by the model and the
/// trainer.
public struct SearchSpace: Sendable {
  /// The settings of the model.
  public let model: SettingsSchema
  /// The settings of the trainer.
  public let training: SettingsSchema
  /// What is known before the first trial, for strategies that learn from results.
  public internal(set) var known = WarmTrials.none
  /// Returns why a constraint of the search does not admit a trial, in words; nil if they all do.
  var violation: @Sendable (Trial) -> String? = { _ in nil }

  /// Creates a space.
  public init(model: SettingsSchema, training: SettingsSchema) {
    self.model = model
    self.training = training
  }

  /// Returns why the constraints of the search do not admit a trial, in words; nil if they do.
  ///
  /// A strategy that draws should draw again. A trial that is proposed nevertheless is not run, and
  /// has no score.
  public func refusal(of trial: Trial) -> String? { violation(trial) }

  /// Returns the trial with a row's fixed settings, the chosen settings, and otherwise defaults.
  ///
  /// - Parameters:
  ///   - number: The number of the trial in its row, counted from 0.
  ///   - row: The row that is searched.
  ///   - settings: The model settings chosen by the strategy.
  ///   - training: The trainer settings chosen by the strategy.
  /// - Throws: ``Diagnostic`` if settings are incompatible.
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

  /// The total number of trials once the search is over.
  public var trialCount: Int { strategy.trialCount }

  /// The number of runs that the search takes; 0 if there is nothing to choose.
  public var budget: Int {
    let count = trialCount
    return count > 1 ? count * search.runSeeds.count : 0
  }
}

/// The fixed settings and otherwise defaults: one trial, which needs no search run.
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
