import Synchronization

/// The settings of a model (or of the trainer, or of a synthetic twin), each with a default.
///
/// ```swift
/// struct Hyperparameters: HyperparameterSet {
///   @Setting("Experts that all objectives share.", in: 1...256, search: .choice([4, 8]))
///   var expertCount = 8
///   @Setting("Layer sizes of an expert.", each: 1...8192, minimumCount: 1)
///   var expertSizes = [128, 64]
///   var towers = TowerHyperparameters()
/// }
/// ```
///
/// A setting has the name of its property. A property that is itself a set contributes its
/// settings, under their own names. There must be no other properties, and no two settings may have
/// the same name.
///
/// A set is `Decodable` only for the initializer that the compiler then synthesizes; use
/// ``init(overriding:)`` instead.
public protocol HyperparameterSet: Sendable, Equatable, Decodable {
  /// Creates a set with the defaults.
  init()

  /// Checks what individual bounds cannot, such as one setting against another.
  ///
  /// - Throws: ``Diagnostic``.
  func validate() throws
}

extension HyperparameterSet {
  /// Accepts everything.
  public func validate() throws {}

  /// The settings, in declaration order.
  public static var settings: [SettingDeclaration] { declared.listing }

  /// The values of settings that a ``configuration`` leaves out.
  public static var unstatedDefaults: [String: ConfigurationValue] { declared.unstated }

  /// All settings by name, except those that are left out at their defaults.
  public var configuration: [String: ConfigurationValue] {
    let unstated = Self.unstatedDefaults
    var result: [String: ConfigurationValue] = [:]
    visitSettings { name, setting in
      let value = setting.configuration
      if value != unstated[name] { result[name] = value }
    }
    return result
  }

  /// Creates a set with the defaults, except for the given settings.
  ///
  /// - Throws: ``Diagnostic`` for an unknown name (with the nearest known one), a value of the
  ///   wrong type or out of bounds, or inconsistent settings.
  public init(overriding values: [String: ConfigurationValue]) throws {
    try self.init(Self.declared.checked(values))
  }

  /// Returns the ``configuration`` of the defaults with some settings replaced.
  ///
  /// - Throws: The same errors as ``init(overriding:)``.
  public static func resolve(_ values: [String: ConfigurationValue]) throws
    -> [String: ConfigurationValue]
  {
    let declared = Self.declared
    let replaced = try declared.checked(values)
    _ = try Self(replaced)
    return declared.configuration(replaced)
  }

  /// Checks one value by itself, regardless of other settings.
  ///
  /// - Throws: ``Diagnostic`` for an unknown name, or for a value of the wrong type or out of
  ///   bounds.
  public static func check(_ value: ConfigurationValue, for name: String) throws {
    try declared.check(value, for: name)
  }

  private init(_ replaced: [String: any AnySetting]) throws {
    try self.init(
      from: SettingDecoder(replaced: replaced, defaults: Self.declared.defaults))
    try validate()
  }

  /// The settings that the type declares, determined once.
  private static var declared: DeclaredSettings {
    let type = ObjectIdentifier(Self.self)
    if let known = declaredSettings.withLock({ $0[type] }) { return known }
    let found = DeclaredSettings(Self())
    declaredSettings.withLock { $0[type] = found }
    return found
  }

  /// Visits all settings by name, with those of nested sets in place.
  ///
  /// - Precondition: all properties are settings or sets.
  fileprivate func visitSettings(_ visit: (String, any AnySetting) -> Void) {
    for (label, value) in Mirror(reflecting: self).children {
      switch value {
      // A wrapped property is stored under its name with a leading underscore.
      case let setting as any AnySetting: visit(String(label?.dropFirst() ?? ""), setting)
      case let set as any HyperparameterSet: set.visitSettings(visit)
      default:
        preconditionFailure(
          "\(label ?? "") of \(Self.self) is neither a @Setting nor a set of them")
      }
    }
  }
}

private let declaredSettings = Mutex<[ObjectIdentifier: DeclaredSettings]>([:])

/// The settings that a set type declares.
private final class DeclaredSettings: Sendable {
  let listing: [SettingDeclaration]
  let defaults: [String: any AnySetting]
  let unstated: [String: ConfigurationValue]
  private let stated: [String: ConfigurationValue]

  /// - Precondition: no two settings have the same name.
  init(_ set: some HyperparameterSet) {
    var listing: [SettingDeclaration] = []
    var defaults: [String: any AnySetting] = [:]
    set.visitSettings { name, setting in
      listing.append(SettingDeclaration(name: name, setting))
      let other = defaults.updateValue(setting, forKey: name)
      precondition(other == nil, "two settings of \(type(of: set)) are called \(name)")
    }
    self.listing = listing
    self.defaults = defaults
    unstated = defaults.filter { $1.isLeftOutAtDefault }.mapValues(\.configuration)
    stated = defaults.filter { !$1.isLeftOutAtDefault }.mapValues(\.configuration)
  }

  /// Returns the settings with the given names and values.
  func checked(_ values: [String: ConfigurationValue]) throws -> [String: any AnySetting] {
    var result: [String: any AnySetting] = [:]
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      let setting = try setting(name)
      guard let replaced = setting.replacing(with: value) else {
        throw setting.domain.refusal(of: value).at(name)
      }
      result[name] = replaced
    }
    return result
  }

  /// Checks that the setting with a name accepts a value; the diagnostic does not begin with the
  /// name.
  func check(_ value: ConfigurationValue, for name: String) throws {
    let setting = try setting(name)
    guard setting.replacing(with: value) != nil else { throw setting.domain.refusal(of: value) }
  }

  private func setting(_ name: String) throws -> any AnySetting {
    guard let setting = defaults[name] else {
      throw Diagnostic.unknown("hyper-parameter", name, accepted: listing.map(\.name))
    }
    return setting
  }

  /// Returns the values of all settings except those that are left out.
  func configuration(_ replaced: [String: any AnySetting]) -> [String: ConfigurationValue] {
    var result = stated
    for (name, setting) in replaced {
      let value = setting.configuration
      result[name] = value == unstated[name] ? nil : value
    }
    return result
  }
}
