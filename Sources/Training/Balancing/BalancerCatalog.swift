import Configuration
import TensorCore

/// The balancers, in the order in which they are listed.
public let balancerCatalog: [any LossBalancer.Type] = [
  FixedWeights.self,
  UncertaintyWeighting.self,
  PCGrad.self,
]

/// A balancer of the catalog by its id, with settings of its own.
///
/// In configurations it is the id alone where all its settings have their defaults (`pcgrad`), else an
/// object of the id and the settings that differ (`{id: uncertainty, initialLogVariance: 1}`).
public struct BalancingMethod: ConfigurationConvertible {
  /// The id.
  public let id: String

  /// The settings that differ from their defaults.
  public let settings: [String: ConfigurationValue]

  /// The weighted sum of losses.
  public static var fixed: BalancingMethod {
    BalancingMethod(id: FixedWeights.card.id, settings: [:])
  }

  /// All ids, each with the settings of its balancer.
  public static var domain: SettingDomain {
    .method(balancerCatalog.map { .init(id: $0.card.id, settings: $0.settings) })
  }

  /// Creates a method from its id or an object; nil where ``domain`` does not have it.
  public init?(configuration: ConfigurationValue) {
    guard Self.domain.contains(configuration) else { return nil }
    switch configuration {
    case .string(let id): self.init(id: id, settings: [:])
    case .object(var members):
      guard case .string(let id)? = members.removeValue(forKey: "id"),
        let defaults = Self.entry(id)?.settings
      else { return nil }
      for setting in defaults
      where members[setting.name]?.canonicalJSON == setting.defaultValue.canonicalJSON {
        members[setting.name] = nil
      }
      self.init(id: id, settings: members)
    default: return nil
    }
  }

  private init(id: String, settings: [String: ConfigurationValue]) {
    self.id = id
    self.settings = settings
  }

  /// The id, or an object of the id and settings.
  public var configuration: ConfigurationValue {
    settings.isEmpty ? .string(id) : .object(settings.merging(["id": .string(id)]) { $1 })
  }

  /// Whether it is the weighted sum of losses, for which no balancer has to run.
  var isPlainSum: Bool { id == FixedWeights.card.id }

  /// Creates the balancer at the start of a run.
  ///
  /// - Throws: ``ConfigurationError`` where the settings do not suit the objectives.
  func balancer(_ objectives: Objectives, scope: ParameterScope) throws -> any LossBalancer {
    guard let entry = Self.entry(id) else {
      throw ConfigurationError.unknown("balancer", id, accepted: balancerCatalog.map { $0.card.id })
    }
    return try entry.create(settings, objectives, scope)
  }

  private static func entry(_ id: String) -> BalancerEntry? {
    balancerCatalog.lazy.map { BalancerEntry($0) }.first { $0.id == id }
  }
}

/// One balancer of the catalog, its settings as configuration values.
struct BalancerEntry {
  let id: String
  let settings: [SettingDeclaration]

  /// Creates the balancer with some settings replaced.
  let create: ([String: ConfigurationValue], Objectives, ParameterScope) throws -> any LossBalancer

  init<Balancer: LossBalancer>(_ type: Balancer.Type) {
    id = Balancer.card.id
    settings = Balancer.Hyperparameters.settings
    create = { overrides, objectives, scope in
      try Balancer(
        Balancer.Hyperparameters(overriding: overrides), objectives: objectives, scope: scope)
    }
  }
}

extension LossBalancer {
  /// The settings of the balancer.
  public static var settings: [SettingDeclaration] { Hyperparameters.settings }
}
