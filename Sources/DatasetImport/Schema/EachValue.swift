import Configuration
import Tabular

/// A value that an import is restricted to, as in `--each country=NL`.
public struct EachValue: Equatable, Sendable, CustomStringConvertible {
  /// The name: a key of a source's `each`, the column of a scenario level, `fold` or `leaveOut`.
  public var name: String

  /// The value.
  public var value: String

  /// Creates a restriction; names and values are compared in Unicode normalization form C.
  public init(name: String, value: String) {
    self.name = CanonicalText.composed(name)
    self.value = CanonicalText.composed(value)
  }

  /// The restriction as `country=NL`.
  public var description: String { "\(name)=\(value)" }
}

extension DatasetSchema {
  /// Returns the schema restricted to the rows with the given values.
  ///
  /// Several values of one name are alternatives; different names are combined. Sources with
  /// another value in `each` or `constants` are left out, including their files; rows of the other
  /// sources are filtered. Every row stays in the split that it has without the restriction, unless
  /// a rule counts rows (`draw` and `fold`).
  ///
  /// - Throws: ``Diagnostic`` if a name or value is unknown, or nothing would be left.
  public func restricted(to each: [EachValue]) throws -> DatasetSchema {
    var schema = self
    var done: [String] = []
    for name in each.map(\.name) where !done.contains(name) {
      done.append(name)
      try schema.restrict(name, to: each.filter { $0.name == name }.map(\.value))
    }
    schema.each += each
    try schema.locatingEach { try schema.validate() }
    return schema
  }

  /// Runs `body` and prepends the restriction, if there is one, to any diagnostic that it throws.
  func locatingEach<Result>(_ body: () throws -> Result) throws -> Result {
    guard !each.isEmpty else { return try body() }
    return try locating("with \(each.map { "--each \($0)" }.joined(separator: " "))", body)
  }

  /// The restrictions that are part of the filter, because only rows tell their values.
  var filteredEach: [EachValue] {
    let columns = Set(filter?.columns ?? [])
    return each.filter { columns.contains($0.name) && !isTestRule($0.name) }
  }

  /// The filter without the restrictions.
  var filterWithoutEach: Condition? {
    let restrictions = Set(filteredEach.map(\.name)).map { name in
      Condition.Clause(
        column: name, test: .isOne(each.filter { $0.name == name }.map(\.value)))
    }
    return filter.map { Condition(clauses: $0.clauses.filter { !restrictions.contains($0) }) }
  }

  /// Returns the values of a name for which a data set can be made, in order.
  ///
  /// - Throws: ``Diagnostic`` if the name is unknown, or if its values are only known from the
  ///   rows.
  public func values(ofEach name: String) throws -> [String] {
    try checkEach(name)
    guard let values = listedValues(of: name) else {
      throw Diagnostic(
        "--each \(name): the schema does not list the values of '\(name)'; give one, as "
          + "--each \(name)=VALUE")
    }
    return values
  }

  private mutating func restrict(_ name: String, to values: [String]) throws {
    try checkEach(name)
    if isTestRule(name) { return try useForTest(values, name) }
    try checkListed(values, of: name)
    if let twice = values.indices.first(where: { values[..<$0].contains(values[$0]) }) {
      throw Diagnostic("--each \(name)=\(values[twice]) is given twice")
    }
    func isKept(_ source: SourceSchema) -> Bool {
      source.constants[name].map { values.contains($0) } ?? true
    }
    leftOutSources += sources.filter { !isKept($0) }
    sources = sources.filter(isKept)
    if sources.contains(where: { $0.constants[name] == nil }) {
      filter = Condition(
        clauses: (filter?.clauses ?? []) + [.init(column: name, test: .isOne(values))])
    }
    for index in scenarios.indices where scenarios[index].column == name {
      scenarios[index].keep?.removeAll { !values.contains($0) }
    }
  }

  private func checkListed(_ values: [String], of name: String) throws {
    guard let known = listedValues(of: name) else { return }
    for value in values where !known.contains(value) {
      throw Diagnostic.unknown("value of \(name)", value, accepted: known).at("--each")
    }
  }

  /// The name of the test rule, if `--each` can iterate over its values.
  private var testRule: String? {
    switch split.test {
    case .fold: "fold"
    case .leaveOut: "leaveOut"
    default: nil
    }
  }

  /// Returns whether a name refers to the values of the test rule; `leave_out` is a former name.
  private func isTestRule(_ name: String) -> Bool {
    testRule.map { name == $0 || (name == "leave_out" && $0 == "leaveOut") } ?? false
  }

  /// Replaces the values of the test rule; a validation fold keeps its distance from the test fold.
  private mutating func useForTest(_ values: [String], _ name: String) throws {
    switch split.test {
    case .leaveOut(_, let column):
      try checkListed(values, of: name)
      split.test = .leaveOut(values, column: column)
    case .fold(let old, let count, let units):
      guard values.count == 1, let fold = Int(values[0]), (1...count).contains(fold) else {
        throw Diagnostic(
          "--each fold=\(values.joined(separator: ", ")): must be one fold from 1 to \(count)")
      }
      split.test = .fold(fold, count: count, units)
      if case .fold(let other, _, _) = split.validation {
        split.validation = .fold(
          (fold + other - old - 1 + count) % count + 1, count: count, units)
      }
    default: break
    }
  }

  private func checkEach(_ name: String) throws {
    let names =
      sources.flatMap { $0.each.keys.sorted() } + scenarios.map(\.column)
      + (testRule.map { [$0] } ?? [])
    guard !names.contains(name), !isTestRule(name) else { return }
    let unique = names.enumerated().filter { !names[..<$0].contains($1) }.map(\.1)
    throw Diagnostic.unknown("name", name, accepted: unique).at("--each")
  }

  /// Returns the values of a name in schema order; nil if they are only known from the rows.
  private func listedValues(of name: String) -> [String]? {
    var name = name
    if isTestRule(name) {
      switch split.test {
      case .fold(_, let count, _): return (1...count).map(String.init)
      case .leaveOut(_, let column): name = column
      default: break
      }
    }
    let constants = sources.map { $0.constants[name] }
    let ofSources = constants.contains(nil) ? nil : constants.compactMap { $0 }
    guard let keep = scenarios.first(where: { $0.column == name })?.keep else {
      return ofSources.map { all in
        all.indices.filter { !all[..<$0].contains(all[$0]) }.map { all[$0] }
      }
    }
    return ofSources.map { all in keep.filter(all.contains) } ?? keep
  }
}
