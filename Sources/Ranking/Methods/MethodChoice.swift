import Configuration

/// A method among several of its kind, such as a loss balancer, with settings of its own.
public protocol ConfigurableMethod: SendableMetatype {
  /// The settings of the method.
  associatedtype Hyperparameters: HyperparameterSet

  /// What the method is: name, source, deviations.
  static var card: MethodCard { get }
}

extension ConfigurableMethod {
  /// The settings of the method.
  public static var settings: [SettingDeclaration] { Hyperparameters.settings }
}

/// The methods of one kind.
public protocol MethodCatalog {
  /// The methods, in the order in which they are listed; the first is the default.
  static var methods: [any ConfigurableMethod.Type] { get }
}

/// A method of a catalog by its id, with settings of its own.
///
/// In configurations it is the id alone where all its settings have their defaults (`pcgrad`), else an
/// object of the id and the settings that differ (`{id: uncertainty, initialLogVariance: 1}`).
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

  /// Creates a choice from its id or an object; nil where ``domain`` does not have it.
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

  /// The id, or an object of the id and settings.
  public var configuration: ConfigurationValue {
    settings.isEmpty ? .string(id) : .object(settings.merging(["id": .string(id)]) { $1 })
  }

  /// Returns the settings of the chosen method.
  ///
  /// - Throws: ``Diagnostic`` where they do not fit together.
  public func settings<Method: ConfigurableMethod>(of type: Method.Type) throws
    -> Method.Hyperparameters
  { try Method.Hyperparameters(overriding: settings) }
}
