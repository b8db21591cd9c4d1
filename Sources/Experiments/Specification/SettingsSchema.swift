import Configuration
import Ranking

/// The settings that a specification may fix or search: a model's or the trainer's.
public struct SettingsSchema: Sendable {
  /// The names, in display order.
  public let names: [String]

  /// The search distribution of each setting; settings outside the search space are absent.
  public private(set) var searchSpace: [String: SearchDistribution]

  /// The owner of the settings, for messages.
  let owner: String

  private let resolver:
    @Sendable ([String: ConfigurationValue]) throws -> [String: ConfigurationValue]
  private let checker: @Sendable (ConfigurationValue, String) throws -> Void

  /// Creates the schema of the trainer's settings.
  public init<Settings: HyperparameterSet>(trainer type: Settings.Type) {
    self.init(
      Settings.settings, owner: "the trainer", resolver: { try Settings.resolve($0) },
      checker: { try Settings.check($0, for: $1) })
  }

  /// Creates the schema of a model's settings.
  public init(_ entry: CatalogEntry) {
    self.init(
      entry.settings, owner: entry.card.id, resolver: { try entry.resolve($0) },
      checker: { try entry.check($0, for: $1) })
  }

  private init(
    _ settings: [SettingDeclaration], owner: String,
    resolver:
      @escaping @Sendable ([String: ConfigurationValue]) throws -> [String: ConfigurationValue],
    checker: @escaping @Sendable (ConfigurationValue, String) throws -> Void
  ) {
    self.owner = owner
    self.resolver = resolver
    self.checker = checker
    names = settings.map(\.name)
    searchSpace = Dictionary(
      uniqueKeysWithValues: settings.compactMap { setting in
        setting.search.map { (setting.name, $0) }
      })
  }

  /// The same settings without a search space.
  var unsearched: SettingsSchema {
    var result = self
    result.searchSpace = [:]
    return result
  }

  /// Returns all settings, with the given ones replacing defaults.
  ///
  /// - Throws: ``Diagnostic`` for an unknown name, a value that is not accepted, or incompatible
  ///   settings.
  public func resolve(_ overrides: [String: ConfigurationValue]) throws
    -> [String: ConfigurationValue]
  { try resolver(overrides) }

  /// Returns a value as configurations store it, with nothing else replaced; nil if they leave it
  /// out.
  ///
  /// A value that is accepted only together with other settings is returned as it is.
  func stored(_ value: ConfigurationValue, for name: String) -> ConfigurationValue? {
    guard let resolved = try? resolver([name: value]) else { return value }
    return resolved[name]
  }

  /// Checks one value by itself, whether or not it is compatible with other settings.
  ///
  /// - Throws: ``Diagnostic``.
  func check(_ value: ConfigurationValue, for name: String) throws {
    guard names.contains(name) else {
      throw Diagnostic.unknown("hyper-parameter of \(owner)", name, accepted: names)
    }
    try checker(value, name)
  }

  /// Checks that a setting accepts the values of a search space: all values of a list, or both
  /// bounds of an interval.
  func check(_ distribution: SearchDistribution, for name: String) throws {
    let defaultValue = names.contains(name) ? try resolve([:])[name] : nil
    switch distribution {
    case .values(let values):
      for value in values { try check(value, for: name) }
    case .uniform(let bounds), .logUniform(let bounds):
      for bound in [bounds.lowerBound, bounds.upperBound] {
        try check(bound.configuration(like: defaultValue), for: name)
      }
    }
  }
}

extension Double {
  /// Returns the number as a configuration value: rounded if the setting is a whole number.
  func configuration(like value: ConfigurationValue?) -> ConfigurationValue {
    guard case .integer = value, let whole = Int(exactly: rounded()) else { return .number(self) }
    return .integer(whole)
  }
}
