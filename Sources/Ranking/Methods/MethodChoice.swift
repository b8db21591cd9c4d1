import Configuration

/// One of several methods of a kind, such as a loss balancer, with its own settings.
public protocol ConfigurableMethod: SendableMetatype {
  /// The settings of the method.
  associatedtype Hyperparameters: HyperparameterSet

  /// The description of the method: name, source, deviations.
  static var card: MethodCard { get }
}

extension ConfigurableMethod {
  /// The settings of the method.
  public static var settings: [SettingDeclaration] { Hyperparameters.settings }
}

/// The methods of one kind.
public protocol MethodCatalog {
  /// The methods, in listing order; the first is the default.
  static var methods: [any ConfigurableMethod.Type] { get }
}

/// A method of a catalog, chosen by its id, with its own settings.
///
/// A configuration holds just the id if all settings have their defaults (`pcgrad`), and otherwise
/// an object with the id and the settings that differ (`{id: uncertainty, initialLogVariance: 1}`).
public struct MethodChoice<Catalog: MethodCatalog>: ConfigurationConvertible {
  /// The id.
  public let id: String

  /// The settings that differ from their defaults.
  public let settings: [String: ConfigurationValue]

  /// The first method of the catalog.
  public static var standard: MethodChoice {
    MethodChoice(id: Catalog.methods.first?.card.id ?? "", settings: [:])
  }

  /// All ids, each with the settings of its method.
  public static var domain: SettingDomain {
    .method(Catalog.methods.map { .init(id: $0.card.id, settings: $0.settings) })
  }

  /// Creates a choice from an id or an object; nil if ``domain`` does not contain it.
  public init?(configuration: ConfigurationValue) {
    guard Self.domain.contains(configuration) else { return nil }
    switch configuration {
    case .string(let id): self.init(id: id, settings: [:])
    case .object(var members):
      guard case .string(let id)? = members.removeValue(forKey: "id"),
        let defaults = Catalog.methods.first(where: { $0.card.id == id })?.settings
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

  /// The id, or an object with the id and the settings.
  public var configuration: ConfigurationValue {
    settings.isEmpty ? .string(id) : .object(settings.merging(["id": .string(id)]) { $1 })
  }

  /// Returns the settings of the chosen method.
  ///
  /// - Throws: ``Diagnostic`` if they are inconsistent.
  public func settings<Method: ConfigurableMethod>(of type: Method.Type) throws
    -> Method.Hyperparameters
  { try Method.Hyperparameters(overriding: settings) }
}
