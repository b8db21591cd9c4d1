/// The settings of a model (or of the trainer), each with a default.
///
/// ```swift
/// struct Hyperparameters: HyperparameterSet {
///   var expertCount = 8
///   var expertSizes = [64]
///   static let definitions: [HyperparameterDefinition<Self>] = [
///     .init("expertCount", \.expertCount, "Experts that all tasks share.", in: 1...256,
///       search: .choice([4, 8, 16])),
///     .init("expertSizes", \.expertSizes, "Layer sizes of an expert."),
///   ]
/// }
/// ```
///
/// One line per setting gives its name in specs and tables, its type check, its bounds, its place
/// in the search space and its line in `aesm2 models`.
public protocol HyperparameterSet: Sendable, Equatable {
  /// Creates the defaults.
  init()

  /// The settings, in the order in which they are shown.
  static var definitions: [HyperparameterDefinition<Self>] { get }

  /// Checks what single bounds cannot, such as one setting against another.
  ///
  /// - Throws: ``ConfigurationError``.
  func validate() throws
}

/// One setting of a ``HyperparameterSet``.
public struct HyperparameterDefinition<Root: Sendable>: Sendable {
  /// The name in specs, on command lines and in tables.
  public let name: String

  /// What it does, in one sentence.
  public let summary: String

  /// What values are accepted, in words.
  public let accepted: String

  /// Where searches draw it from; nil where searches leave it at its default.
  public let search: SearchDistribution?

  /// Whether configurations leave it out where it has its default; see ``leftOutAtDefault()``.
  private(set) var isLeftOutAtDefault = false

  let get: @Sendable (Root) -> ConfigurationValue
  let set: @Sendable (inout Root, ConfigurationValue) throws -> Void

  /// Creates the definition of any convertible setting.
  public init<Value: ConfigurationConvertible>(
    _ name: String, _ path: WritableKeyPath<Root, Value> & Sendable, _ summary: String,
    search: SearchDistribution? = nil
  ) {
    self.init(name, path, summary, accepted: Value.accepted, search: search) { _ in true }
  }

  /// Creates the definition of a setting with bounds.
  public init<Value: ConfigurationConvertible & Comparable>(
    _ name: String, _ path: WritableKeyPath<Root, Value> & Sendable, _ summary: String,
    in bounds: ClosedRange<Value>, search: SearchDistribution? = nil
  ) {
    self.init(
      name, path, summary,
      accepted: "\(Value.accepted) from \(bounds.lowerBound) to \(bounds.upperBound)",
      search: search
    ) { bounds.contains($0) }
  }

  /// Creates the definition of a list setting whose elements have bounds.
  ///
  /// - Parameter minimumCount: The number of elements that the list must at least have.
  public init<Value: ConfigurationConvertible & Comparable>(
    _ name: String, _ path: WritableKeyPath<Root, [Value]> & Sendable, _ summary: String,
    each bounds: ClosedRange<Value>, minimumCount: Int = 0, search: SearchDistribution? = nil
  ) {
    let list = minimumCount > 0 ? "a list of at least \(minimumCount)" : "a list"
    self.init(
      name, path, summary,
      accepted:
        "\(list), each element \(Value.accepted) from \(bounds.lowerBound) to \(bounds.upperBound)",
      search: search
    ) { $0.count >= minimumCount && $0.allSatisfy(bounds.contains) }
  }

  private init<Value: ConfigurationConvertible>(
    _ name: String, _ path: WritableKeyPath<Root, Value> & Sendable, _ summary: String,
    accepted: String, search: SearchDistribution?, isValid: @escaping @Sendable (Value) -> Bool
  ) {
    self.name = name
    self.summary = summary
    self.accepted = accepted
    self.search = search
    get = { $0[keyPath: path].configuration }
    set = { root, configuration in
      guard let value = Value(configuration: configuration), isValid(value) else {
        throw ConfigurationError(
          "\(name) is \(excerpt(configuration.description)), but must be \(accepted)")
      }
      root[keyPath: path] = value
    }
  }

  private init(
    name: String, summary: String, accepted: String, search: SearchDistribution?,
    get: @escaping @Sendable (Root) -> ConfigurationValue,
    set: @escaping @Sendable (inout Root, ConfigurationValue) throws -> Void
  ) {
    self.name = name
    self.summary = summary
    self.accepted = accepted
    self.search = search
    self.get = get
    self.set = set
  }

  /// Returns the same setting, left out of configurations where it has its default.
  ///
  /// For a setting that came after runs were recorded: at its default it changes nothing of what
  /// they say, so they keep their ids.
  public func leftOutAtDefault() -> Self {
    var result = self
    result.isLeftOutAtDefault = true
    return result
  }

  /// Returns the same setting as part of a larger set, which holds it at `path`.
  public func within<Outer: Sendable>(
    _ path: WritableKeyPath<Outer, Root> & Sendable
  ) -> HyperparameterDefinition<Outer> {
    var result = HyperparameterDefinition<Outer>(
      name: name, summary: summary, accepted: accepted, search: search,
      get: { get($0[keyPath: path]) }, set: { try set(&$0[keyPath: path], $1) })
    result.isLeftOutAtDefault = isLeftOutAtDefault
    return result
  }
}

extension HyperparameterSet {
  /// Accepts everything.
  public func validate() throws {}

  /// The settings of a nested set, for a larger set that holds them at `path`.
  public static func definitions<Outer: Sendable>(
    at path: WritableKeyPath<Outer, Self> & Sendable
  ) -> [HyperparameterDefinition<Outer>] {
    definitions.map { $0.within(path) }
  }

  /// All settings by name, but those that are left out at their defaults.
  public var configuration: [String: ConfigurationValue] {
    let unstated = Self.unstatedDefaults
    var result: [String: ConfigurationValue] = [:]
    for definition in Self.definitions {
      let value = definition.get(self)
      if value != unstated[definition.name] { result[definition.name] = value }
    }
    return result
  }

  /// What settings are that a ``configuration`` leaves out.
  public static var unstatedDefaults: [String: ConfigurationValue] {
    let defaults = Self()
    var result: [String: ConfigurationValue] = [:]
    for definition in definitions where definition.isLeftOutAtDefault {
      result[definition.name] = definition.get(defaults)
    }
    return result
  }

  /// Creates the defaults with some settings replaced.
  ///
  /// - Throws: ``ConfigurationError`` for an unknown name (with the nearest known one), a value of
  ///   another type or out of bounds, or settings that do not fit together.
  public init(overriding values: [String: ConfigurationValue]) throws {
    self.init()
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      try Self.definition(name).set(&self, value)
    }
    try validate()
  }

  /// Checks one value by itself, whether or not it fits together with other settings.
  ///
  /// - Throws: ``ConfigurationError`` for an unknown name, or a value of another type or out of
  ///   bounds.
  public static func check(_ value: ConfigurationValue, for name: String) throws {
    var settings = Self()
    try definition(name).set(&settings, value)
  }

  private static func definition(_ name: String) throws -> HyperparameterDefinition<Self> {
    guard let definition = definitions.first(where: { $0.name == name }) else {
      throw ConfigurationError.unknown("hyper-parameter", name, accepted: definitions.map(\.name))
    }
    return definition
  }
}
