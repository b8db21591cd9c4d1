import Configuration
import Ranking

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// How an optimizer changes parameters by their gradients.
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
  /// Of those that decay at all; see ``Optimizer``.
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

/// Settings of the optimizer that hold for some groups of parameters only; see
/// ``/TensorCore/ParameterScope/group(_:)``.
///
/// In configurations an object by group, each member an object of those of ``UpdateOptions`` that differ
/// from the run's: `{gates: {learningRate: 0.01, optimizer: sgd}}`. A group's learning rate has the
/// schedule of the run.
public struct GroupOptions: ConfigurationConvertible {
  private var byGroup: [String: [String: ConfigurationValue]] = [:]

  /// An object of objects of settings.
  public static var domain: SettingDomain {
    .map(.record(UpdateOptions.settings.map { .init($0.name, $0.domain) }))
  }

  /// Creates the settings of no group.
  public init() {}

  /// Creates settings from an object; nil where ``domain`` does not have it.
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

  /// The groups that have settings of their own.
  public var names: [String] { byGroup.keys.sorted() }

  /// Returns the settings of a group, the others being those of the run.
  ///
  /// - Throws: ``Diagnostic``.
  func updates(of group: String, otherwise run: UpdateOptions) throws -> UpdateOptions {
    guard let own = byGroup[group] else { return run }
    return try UpdateOptions(overriding: run.configuration.merging(own) { $1 })
  }
}

/// How embedding tables are updated; ``Optimizer`` has the exact rules.
public enum EmbeddingUpdates: String, ConfigurationChoice {
  /// A step changes the rows that occur in its batch, and their optimizer state, and no others.
  case lazy
  /// A step changes all rows, as if the gradient of the others were given as zeros.
  case denseExact
}
