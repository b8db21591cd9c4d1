import Configuration

/// How a search varies one setting.
public struct SearchedSetting: Sendable, Equatable {
  /// The distribution of its values.
  public var distribution: SearchDistribution

  /// What must hold for the setting to be varied; otherwise it has its default.
  public var conditions: [SearchCondition]

  /// Creates a setting that is always varied, or only under conditions.
  public init(_ distribution: SearchDistribution, conditions: [SearchCondition] = []) {
    self.distribution = distribution
    self.conditions = conditions
  }
}

/// A condition on the value of another setting of the same model, or of the trainer.
public struct SearchCondition: Sendable, Equatable {
  /// The name of the other setting.
  public var setting: String

  /// The values with which the condition holds.
  public var values: [ConfigurationValue]

  /// Whether it holds while the search leaves the other setting at its fixed value or default.
  public var holdsByDefault = false

  /// Creates a condition.
  public init(_ setting: String, in values: [ConfigurationValue]) {
    self.setting = setting
    self.values = values
  }

  /// Returns whether the condition holds with the given settings; those that are missing have their
  /// fixed value or default.
  public func holds(in settings: [String: ConfigurationValue]) -> Bool {
    settings[setting].map { value in values.contains { $0.isWritten(like: value) } }
      ?? holdsByDefault
  }
}

extension SearchedSetting {
  /// Reads a list of values, or a mapping with bounds under `uniform` or `logUniform` or a list
  /// under `values`, and optionally `when`.
  init(_ node: YAMLNode, of name: String, schema: SettingsSchema) throws {
    guard !node.isList else {
      self.init(.values(try Self.values(node)))
      return
    }
    let kinds = ["values", "uniform", "logUniform"]
    let members = try node.object(kinds + ["when"])
    let kind = try members.only(of: kinds)
    let list = try members.required(kind)
    let conditions =
      try members["when"]?.entries.map { other, node in
        try SearchCondition(node, on: other, for: name, schema: schema)
      } ?? []
    if kind == "values" {
      self.init(.values(try Self.values(list)), conditions: conditions)
      return
    }
    let bounds = try list.elements.map { try $0.number }
    guard bounds.count == 2, bounds[0] < bounds[1] else {
      throw list.error("must be two numbers, the smaller first")
    }
    guard kind == "uniform" || bounds[0] > 0 else {
      throw list.error("must be two positive numbers")
    }
    let range = bounds[0]...bounds[1]
    self.init(
      kind == "uniform" ? .uniform(range) : .logUniform(range), conditions: conditions)
  }

  private static func values(_ node: YAMLNode) throws -> [ConfigurationValue] {
    let values = try node.elements.map { try $0.value() }
    guard !values.isEmpty else { throw node.error("must list at least one value") }
    return values
  }
}

extension SearchCondition {
  fileprivate init(
    _ node: YAMLNode, on other: String, for name: String, schema: SettingsSchema
  ) throws {
    guard other != name else { throw node.error("'\(name)' cannot depend on itself") }
    let values = try node.elements.map { try $0.value() }
    guard !values.isEmpty else { throw node.error("must list at least one value") }
    for value in values { try node.located { try schema.check(value, for: other) } }
    self.init(other, in: values)
  }
}

extension [String: SearchedSetting] {
  /// Completes the conditions of a row with what its other settings are.
  ///
  /// - Parameters:
  ///   - fixed: The fixed settings of the row.
  ///   - schema: The settings of the owner.
  /// - Throws: ``Diagnostic`` if settings depend on each other in a circle, or if a condition is on
  ///   values that the search never tries.
  mutating func completeConditions(
    fixed: [String: ConfigurationValue], schema: SettingsSchema
  ) throws {
    let defaults = try schema.resolve([:])
    for (name, searched) in self.sorted(by: { $0.key < $1.key }) {
      for (index, condition) in searched.conditions.enumerated() {
        var condition = condition
        let other = condition.setting
        try locating("\(name).when.\(other)") {
          try checkIsTried(condition, fixed: fixed, schema: schema, defaults: defaults)
        }
        let accepted = condition.values.map { schema.stored($0, for: other) }
        func isAccepted(_ value: ConfigurationValue?) -> Bool {
          accepted.contains { $0 == value }
        }
        condition.holdsByDefault = isAccepted(
          fixed[other].map { schema.stored($0, for: other) } ?? defaults[other])
        if case .values(let tried)? = self[other]?.distribution ?? schema.searchSpace[other] {
          condition.values += tried.filter { isAccepted(schema.stored($0, for: other)) }
        }
        condition.values += accepted.compactMap(\.self)
        self[name]?.conditions[index] = condition
      }
    }
    try checkForCircles()
  }

  private func checkIsTried(
    _ condition: SearchCondition, fixed: [String: ConfigurationValue], schema: SettingsSchema,
    defaults: [String: ConfigurationValue]
  ) throws {
    let other = condition.setting
    guard fixed[other] == nil,
      let distribution = self[other]?.distribution ?? schema.searchSpace[other]
    else { return }
    switch distribution {
    case .values(let tried):
      let accepted = condition.values.map { schema.stored($0, for: other) }
      guard !tried.contains(where: { accepted.contains(schema.stored($0, for: other)) }) else {
        return
      }
      throw Diagnostic(
        "never holds: '\(other)' is one of \(tried.map(\.description).joined(separator: ", "))")
    case .uniform, .logUniform:
      if case .integer = defaults[other] { return }
      throw Diagnostic(
        "'\(other)' is searched in an interval, where single values are never met; give it a list "
          + "of values")
    }
  }

  private func checkForCircles() throws {
    var settled: Set<String> = []
    func visit(_ name: String, from path: [String]) throws {
      guard !path.contains(name) else {
        throw Diagnostic(
          "the conditions of \((path + [name]).joined(separator: ", ")) form a circle")
      }
      guard !settled.contains(name) else { return }
      for condition in self[name]?.conditions ?? [] {
        try visit(condition.setting, from: path + [name])
      }
      settled.insert(name)
    }
    for name in keys.sorted() { try visit(name, from: []) }
  }
}
