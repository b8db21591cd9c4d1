import Configuration
import Tabular

/// A value that an import is restricted to, as `--each country=NL` says.
public struct EachValue: Equatable, Sendable, CustomStringConvertible {
  /// The name: a key of a source's `each`, the column of a scenario level, `fold` or `leave_out`.
  public var name: String

  /// The value.
  public var value: String

  /// Creates a choice; names and values are compared in Unicode's form C.
  public init(name: String, value: String) {
    self.name = CanonicalText.composed(name)
    self.value = CanonicalText.composed(value)
  }

  /// The choice as `country=NL`.
  public var description: String { "\(name)=\(value)" }
}

extension DatasetSchema {
  /// Returns the schema of the rows that have the given values alone.
  ///
  /// Several values of one name stand beside each other; different names restrict together. Sources
  /// with another value in `each` or `constants` are left out, files and all; rows of the other
  /// sources are filtered. Every row stays in the split that it has without the restriction, unless
  /// a rule counts rows (`draw` and `fold`).
  ///
  /// - Throws: ``ConfigurationError`` where a name or value is unknown, or nothing would be left.
  public func restricted(to each: [EachValue]) throws -> DatasetSchema {
    var schema = self
    var done: [String] = []
    for name in each.map(\.name) where !done.contains(name) {
      done.append(name)
      try schema.restrict(name, to: each.filter { $0.name == name }.map(\.value))
    }
    schema.each += each
    do {
      try schema.validate()
    } catch let error as ConfigurationError {
      throw error.at("with \(each.map { "--each \($0)" }.joined(separator: " "))")
    }
    return schema
  }

  /// Returns the values of a name that a data set can be made for, one after the other.
  ///
  /// - Throws: ``ConfigurationError`` where the name is unknown, or only the rows have the values.
  public func values(ofEach name: String) throws -> [String] {
    try checkEach(name)
    guard let values = listedValues(of: name) else {
      throw ConfigurationError(
        "--each \(name): the schema does not list the values of '\(name)'; give one, as "
          + "--each \(name)=VALUE")
    }
    return values
  }

  private mutating func restrict(_ name: String, to values: [String]) throws {
    try checkEach(name)
    if isFold(name) { return try useFold(values) }
    if let column = leftOutColumn(name) {
      try checkListed(values, of: name)
      split.test = .leaveOut(values, column: column)
      return
    }
    try checkListed(values, of: name)
    if let twice = values.indices.first(where: { values[..<$0].contains(values[$0]) }) {
      throw ConfigurationError("--each \(name)=\(values[twice]) is given twice")
    }
    sources = sources.filter { source in
      source.constants[name].map { values.contains($0) } ?? true
    }
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
      throw ConfigurationError.unknown("value of \(name)", value, accepted: known).at("--each")
    }
  }

  /// The column whose values a test rule leaves out of training, where a name stands for them.
  private func leftOutColumn(_ name: String) -> String? {
    guard name == "leave_out", case .leaveOut(_, let column) = split.test else { return nil }
    return column
  }

  /// Whether a name stands for the folds of the test rule.
  private func isFold(_ name: String) -> Bool {
    guard case .fold = split.test else { return false }
    return name == "fold"
  }

  /// Makes another fold the test split; a validation fold keeps its distance from it.
  private mutating func useFold(_ values: [String]) throws {
    guard case .fold(let old, let count, let units) = split.test else { return }
    guard values.count == 1, let fold = Int(values[0]), (1...count).contains(fold) else {
      throw ConfigurationError(
        "--each fold=\(values.joined(separator: ", ")): must be one fold from 1 to \(count)")
    }
    split.test = .fold(fold, count: count, units)
    if case .fold(let other, _, _) = split.validation {
      split.validation = .fold((fold + other - old - 1 + count) % count + 1, count: count, units)
    }
  }

  private func checkEach(_ name: String) throws {
    let names =
      sources.flatMap { $0.each.keys.sorted() } + scenarios.map(\.column)
      + (isFold("fold") ? ["fold"] : []) + (leftOutColumn("leave_out") == nil ? [] : ["leave_out"])
    guard !names.contains(name) else { return }
    let unique = names.enumerated().filter { !names[..<$0].contains($1) }.map(\.1)
    throw ConfigurationError.unknown("name", name, accepted: unique).at("--each")
  }

  /// The values of a name in the order of the schema; nil where only the rows have them.
  private func listedValues(of name: String) -> [String]? {
    if isFold(name), case .fold(_, let count, _) = split.test {
      return (1...count).map(String.init)
    }
    let name = leftOutColumn(name) ?? name
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
