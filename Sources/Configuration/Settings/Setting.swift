/// Declares a property of a ``HyperparameterSet`` as a setting.
///
/// ```swift
/// @Setting("Experts that all objectives share.", in: 1...256, search: .choice([4, 8]))
/// var expertCount = 8
/// ```
///
/// The declaration defines the setting's name in specifications, on command lines and in tables,
/// its default, the check of its values, its place in the search space, and its line in
/// `aesm2 models`. The sentence also documents the property; use a doc comment only for additional
/// detail.
///
/// Settings are equal if their values are.
@propertyWrapper
public struct Setting<Value: ConfigurationConvertible>: Sendable {
  /// The value of the setting.
  public var wrappedValue: Value

  let summary: String
  /// The domain, if it is narrower than that of the type.
  private let narrowDomain: SettingDomain?
  let search: SettingSearch<Value>?
  let isLeftOutAtDefault: Bool

  /// Declares a setting that takes any value of its type.
  ///
  /// - Parameters:
  ///   - wrappedValue: The default.
  ///   - summary: What the setting does, in one sentence.
  ///   - search: The distribution from which searches draw it; nil if searches leave it at its
  ///     default.
  ///   - isLeftOutAtDefault: Whether configurations leave it out at its default. This is for a
  ///     setting added after runs were recorded: at its default, it does not change their
  ///     configurations, so they keep their ids.
  public init(
    wrappedValue: Value, _ summary: String, search: SettingSearch<Value>? = nil,
    isLeftOutAtDefault: Bool = false
  ) {
    self.init(
      value: wrappedValue, summary, nil, search: search,
      isLeftOutAtDefault: isLeftOutAtDefault)
  }

  /// Declares a setting that takes numbers within bounds.
  public init(
    wrappedValue: Value, _ summary: String, in bounds: ClosedRange<Value>,
    search: SettingSearch<Value>? = nil, isLeftOutAtDefault: Bool = false
  ) where Value: BoundedConfiguration {
    self.init(
      value: wrappedValue, summary, Value.domain(in: bounds), search: search,
      isLeftOutAtDefault: isLeftOutAtDefault)
  }

  /// Declares a setting that takes lists of at least `minimumCount` numbers within bounds.
  public init<Element: BoundedConfiguration>(
    wrappedValue: Value, _ summary: String, each bounds: ClosedRange<Element>,
    minimumCount: Int = 0, search: SettingSearch<Value>? = nil, isLeftOutAtDefault: Bool = false
  ) where Value == [Element] {
    self.init(
      value: wrappedValue, summary,
      .list(Element.domain(in: bounds), minimumCount: minimumCount), search: search,
      isLeftOutAtDefault: isLeftOutAtDefault)
  }

  /// Declares a setting that takes objects whose members are numbers within bounds.
  public init<Element: BoundedConfiguration>(
    wrappedValue: Value, _ summary: String, each bounds: ClosedRange<Element>,
    isLeftOutAtDefault: Bool = false
  ) where Value == [String: Element] {
    self.init(
      value: wrappedValue, summary, .map(Element.domain(in: bounds)), search: nil,
      isLeftOutAtDefault: isLeftOutAtDefault)
  }

  private init(
    value: Value, _ summary: String, _ narrowDomain: SettingDomain?, search: SettingSearch<Value>?,
    isLeftOutAtDefault: Bool
  ) {
    wrappedValue = value
    self.summary = summary
    self.narrowDomain = narrowDomain
    self.search = search
    self.isLeftOutAtDefault = isLeftOutAtDefault
  }
}

extension Setting: Equatable {
  /// Whether the values are equal.
  public static func == (a: Self, b: Self) -> Bool { a.wrappedValue == b.wrappedValue }
}

/// One setting of a ``HyperparameterSet``, for listings.
public struct SettingDeclaration: Sendable {
  /// The name in specifications, on command lines and in tables.
  public let name: String
  /// What the setting does, in one sentence.
  public let summary: String
  /// The values that are accepted.
  public let domain: SettingDomain
  /// The default value.
  public let defaultValue: ConfigurationValue
  /// The distribution from which searches draw it; nil if searches leave it at its default.
  public let search: SearchDistribution?

  init(name: String, _ setting: any AnySetting) {
    self.name = name
    summary = setting.summary
    domain = setting.domain
    defaultValue = setting.configuration
    search = setting.distribution
  }
}

/// A ``Setting`` of any type.
protocol AnySetting: Sendable {
  var summary: String { get }
  var domain: SettingDomain { get }
  var distribution: SearchDistribution? { get }
  var isLeftOutAtDefault: Bool { get }
  var configuration: ConfigurationValue { get }

  /// Returns the setting with another value, or nil if the value is not accepted.
  func replacing(with value: ConfigurationValue) -> Self?
}

extension Setting: AnySetting {
  var domain: SettingDomain { narrowDomain ?? Value.domain }
  var distribution: SearchDistribution? { search?.distribution }
  var configuration: ConfigurationValue { wrappedValue.configuration }

  func replacing(with configuration: ConfigurationValue) -> Self? {
    guard domain.contains(configuration), let value = Value(configuration: configuration) else {
      return nil
    }
    var result = self
    result.wrappedValue = value
    return result
  }
}
