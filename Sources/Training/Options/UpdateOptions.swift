import Configuration
import Ranking

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// The settings of an optimizer's updates.
public struct UpdateOptions: HyperparameterSet {
  /// See ``UpdateRule``.
  @Setting("The update rule (aesm2 optimizers).")
  public var optimizer = OptimizerChoice.standard
  @Setting(
    "The step size at the top of the schedule.", in: 1e-8...100, search: .logUniform(3e-4...3e-2))
  public var learningRate = 1e-3
  /// 0 for plain gradient descent.
  @Setting("The factor of sgd's velocity.", in: 0...0.9999)
  public var momentum = 0.9
  @Setting("The decay of Adam's first moment.", in: 0...0.9999)
  public var beta1 = 0.9
  @Setting("The decay of Adam's second moment.", in: 0...0.999999)
  public var beta2 = 0.999
  /// In `adam`, `adamw` and `adagrad`.
  @Setting("What is added to the root in denominators.", in: 1e-16...1)
  public var epsilon = 1e-8
  /// For parameters that decay at all; see ``Optimizer``.
  @Setting(
    "Weight decay of all parameters but embedding tables.", in: 0...10,
    search: .choice([0, 1e-6, 1e-5, 1e-4]))
  public var weightDecay = 0.0
  @Setting("Weight decay of embedding tables.", in: 0...10, search: .choice([0, 1e-6, 1e-5, 1e-4]))
  public var embeddingWeightDecay = 0.0
  @Setting(
    "Whether a step changes only the table rows in its batch, or all as the dense rule says.")
  public var embeddingUpdates = EmbeddingUpdates.lazy

  public init() {}
}

/// Settings of the optimizer for individual groups of parameters; see
/// ``/TensorCore/ParameterScope/group(_:)``.
///
/// In configurations, this is an object with one member per group, each an object with the
/// ``UpdateOptions`` that differ from the run's: `{gates: {learningRate: 0.01, optimizer: sgd}}`. A
/// group's learning rate follows the schedule of the run.
public struct GroupOptions: ConfigurationConvertible {
  private var byGroup: [String: [String: ConfigurationValue]] = [:]

  /// Objects with one object of settings per group.
  public static var domain: SettingDomain {
    .map(.record(UpdateOptions.settings.map { .init($0.name, $0.domain) }))
  }

  /// Creates empty settings, for no group.
  public init() {}

  /// Creates settings from an object; nil if ``domain`` does not contain it.
  public init?(configuration: ConfigurationValue) {
    guard Self.domain.contains(configuration), case .object(let groups) = configuration else {
      return nil
    }
    for (name, value) in groups {
      if case .object(let settings) = value { byGroup[name] = settings }
    }
  }

  /// The object.
  public var configuration: ConfigurationValue { .object(byGroup.mapValues { .object($0) }) }

  /// The groups with their own settings.
  public var names: [String] { byGroup.keys.sorted() }

  /// Returns the settings of a group, with all others taken from the run.
  ///
  /// - Throws: ``Diagnostic``.
  func updates(of group: String, otherwise run: UpdateOptions) throws -> UpdateOptions {
    guard let own = byGroup[group] else { return run }
    return try UpdateOptions(overriding: run.configuration.merging(own) { $1 })
  }
}

/// How embedding tables are updated; see ``Optimizer`` for the exact rules.
public enum EmbeddingUpdates: String, ConfigurationChoice {
  /// A step changes only the rows that occur in its batch and their optimizer state.
  case lazy
  /// A step changes all rows, with a zero gradient for rows that do not occur in its batch.
  case denseExact
}
