import Configuration
import MessagePassing
import TensorCore

/// The models available to a tool or test, in the row order of every table.
public struct Catalog: Sendable {
  /// The models.
  public let entries: [CatalogEntry]

  /// Creates a catalog.
  ///
  /// - Precondition: no two models have the same id.
  public init(_ models: [any RankingModel.Type]) {
    entries = models.map { CatalogEntry($0) }
    require(Set(entries.map(\.card.id)).count == entries.count, "two models share an id")
  }

  /// Returns the model with the given id.
  ///
  /// - Throws: ``Diagnostic`` with the nearest id if there is none.
  public func entry(_ id: String) throws -> CatalogEntry {
    guard let entry = entries.first(where: { $0.card.id == id }) else {
      throw Diagnostic.unknown("model", id, accepted: entries.map(\.card.id))
    }
    return entry
  }
}

/// One model of a catalog, with its settings as configuration values.
public struct CatalogEntry: Sendable {
  /// The description of the model.
  public let card: MethodCard

  /// The settings, in display order.
  public let settings: [SettingDeclaration]

  /// The values of settings that a configuration leaves out.
  public let unstatedDefaults: [String: ConfigurationValue]

  /// Whether the model is fitted to the optimum of its objective; see ``LinearModel``.
  ///
  /// If so, only the trainer's settings for the loss and for evaluation affect a run.
  public let isFittedExactly: Bool

  private let resolver:
    @Sendable ([String: ConfigurationValue]) throws -> [String: ConfigurationValue]
  private let checker: @Sendable (ConfigurationValue, String) throws -> Void
  private let builder:
    @Sendable ([String: ConfigurationValue], Problem, UInt64, ParameterStore) throws -> BuiltModel

  init<Model: RankingModel>(_ type: Model.Type) {
    card = Model.card
    settings = Model.Hyperparameters.settings
    unstatedDefaults = Model.Hyperparameters.unstatedDefaults
    isFittedExactly = type is any LinearModel.Type
    resolver = { try Model.Hyperparameters.resolve($0) }
    checker = { try Model.Hyperparameters.check($0, for: $1) }
    builder = { overrides, problem, seed, store in
      let hyperparameters = try Model.Hyperparameters(overriding: overrides)
      var scope = ParameterScope(store: store, streams: RandomStreams(seed: seed))
      if let towers = hyperparameters.towerSettings {
        scope = scope.initializingWeights(by: towers.initialization.initializer)
      }
      let model = try Model(hyperparameters, problem: problem, scope: scope)
      return BuiltModel(model: model, problem: problem, store: store)
    }
  }

  /// Returns all settings, with the given ones replaced.
  ///
  /// - Throws: ``Diagnostic``.
  public func resolve(_ overrides: [String: ConfigurationValue]) throws
    -> [String: ConfigurationValue]
  { try resolver(overrides) }

  /// Checks one value by itself, regardless of other settings.
  ///
  /// - Throws: ``Diagnostic``.
  public func check(_ value: ConfigurationValue, for name: String) throws {
    try checker(value, name)
  }

  /// Builds the model with fresh weights.
  ///
  /// - Parameters:
  ///   - overrides: The settings that differ from the defaults.
  ///   - problem: The features, scenarios and tasks.
  ///   - seed: The seed of the initial weights.
  ///   - ranks: The ranks that train the model together, each of which builds it; nil for one
  ///     process.
  /// - Throws: ``Diagnostic``.
  public func build(
    _ overrides: [String: ConfigurationValue] = [:], for problem: Problem, seed: UInt64,
    ranks: RankGroup? = nil
  ) throws -> BuiltModel { try builder(overrides, problem, seed, ParameterStore(ranks: ranks)) }

  /// Builds the model without initial values, which is fast, for the shapes of its parameters.
  func buildBlank(_ overrides: [String: ConfigurationValue], for problem: Problem) throws
    -> BuiltModel
  { try builder(overrides, problem, 0, ParameterStore(blank: ())) }
}

extension HyperparameterSet {
  /// The tower settings that the set is or includes.
  fileprivate var towerSettings: TowerHyperparameters? {
    if let settings = self as? TowerHyperparameters { return settings }
    for (_, value) in Mirror(reflecting: self).children {
      if let found = (value as? any HyperparameterSet)?.towerSettings { return found }
    }
    return nil
  }
}

/// A model with its parameters.
public final class BuiltModel {
  /// The problem that the model was built for; it works only on data of this problem.
  public let problem: Problem

  /// The parameters and other state.
  public let store: ParameterStore

  /// Sentences for the run record.
  public var notes: [String] { model.notes }

  /// The phases in which the model is trained.
  public var phases: TrainingPhases { model.phases }

  /// The moment of training that the weights come from, which evaluations pass to the model.
  public var moment = TrainingMoment()

  /// The model, if it is fitted to the optimum of its objective; otherwise nil.
  public var linearModel: (any LinearModel)? { model as? any LinearModel }

  private let model: any RankingModel

  init(model: any RankingModel, problem: Problem, store: ParameterStore) {
    self.model = model
    self.problem = problem
    self.store = store
  }

  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    model(batch, in: context)
  }
}
