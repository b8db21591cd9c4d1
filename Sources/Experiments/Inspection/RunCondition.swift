import Configuration
import Foundation

/// A condition on a run, such as `model=mmoe`, `settings.dropout<0.3` or `test.auc/macro>=0.7`.
///
/// A run for which the field is not defined does not meet the condition, whatever it is.
package struct RunCondition: Sendable {
  private enum Comparison: String, CaseIterable, Sendable {
    // Longer ones first, since `<` is the beginning of `<=`.
    case atMost = "<="
    case atLeast = ">="
    case different = "!="
    case equal = "="
    case less = "<"
    case greater = ">"
  }

  private let field: RunField
  private let comparison: Comparison
  private let value: ConfigurationValue
  private let text: String

  /// Parses a condition; the value is written as in YAML.
  ///
  /// - Parameter runs: The runs whose settings can be named.
  /// - Throws: ``Diagnostic`` that quotes the condition.
  package init(_ condition: String, among runs: [StoredRun]) throws {
    guard let (name, comparison, text) = Self.parts(of: condition) else {
      throw Diagnostic(
        "'\(excerpt(condition))' is no condition: write a field, one of = != < <= > >=, and a "
          + "value, such as model=mmoe")
    }
    let isOrdered = comparison != .equal && comparison != .different
    (self.comparison, self.text) = (comparison, text)
    (field, value) = try locating("'\(excerpt(condition))'") {
      let value = try ConfigurationValue(yaml: text)
      if isOrdered, Double(configuration: value) == nil, String(configuration: value) == nil {
        throw Diagnostic("\(comparison.rawValue) compares numbers or texts, not \(excerpt(text))")
      }
      let field = try RunField(name, among: runs)
      try field.check(value, isOrdered: isOrdered, among: runs)
      return (field, value)
    }
  }

  /// Returns whether a text is written like a condition.
  package static func isCondition(_ text: String) -> Bool { parts(of: text) != nil }

  /// Parses conditions that are separated by commas outside brackets and quotes.
  ///
  /// - Throws: ``Diagnostic``.
  package static func list(_ text: String, among runs: [StoredRun]) throws -> [RunCondition] {
    var parts = [""]
    var depth = 0
    var isQuoted = false
    for character in text {
      switch character {
      case "\"": isQuoted.toggle()
      case "[", "{": depth += 1
      case "]", "}": depth -= 1
      default: break
      }
      if character == ",", depth <= 0, !isQuoted {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return try parts.map { try RunCondition($0, among: runs) }
  }

  private static func parts(of text: String) -> (String, Comparison, String)? {
    guard let start = text.firstIndex(where: { "<>=!".contains($0) }), start > text.startIndex,
      let comparison = Comparison.allCases.first(where: { text[start...].hasPrefix($0.rawValue) })
    else { return nil }
    let value = text[start...].dropFirst(comparison.rawValue.count)
    func trimmed(_ text: Substring) -> String { text.trimmingCharacters(in: .whitespaces) }
    let parts = (trimmed(text[..<start]), comparison, trimmed(value))
    return parts.0.isEmpty || parts.2.isEmpty ? nil : parts
  }

  /// Returns whether a run meets the condition.
  package func isMet(by run: StoredRun) -> Bool {
    let values = field.values(of: run)
    if comparison == .different { return !values.isEmpty && !values.contains(where: isEqual) }
    return values.contains { found in
      switch comparison {
      case .equal, .different: isEqual(found)
      case .less: isOrdered(found, <, <)
      case .atMost: isOrdered(found, <=, <=)
      case .greater: isOrdered(found, >, >)
      case .atLeast: isOrdered(found, >=, >=)
      }
    }
  }

  private func isEqual(_ found: ConfigurationValue) -> Bool {
    if case .string(let name) = found {
      // A number that is given may be meant as the digits of an id.
      return name == text || .string(name) == value
        || (field.kind == .identifier && name.hasPrefix(text))
    }
    return found.canonicalJSON == value.canonicalJSON
  }

  private func isOrdered(
    _ found: ConfigurationValue, _ numbers: (Double, Double) -> Bool,
    _ texts: (String, String) -> Bool
  ) -> Bool {
    if let a = Double(configuration: found), let b = Double(configuration: value) {
      return numbers(a, b)
    }
    guard case .string(let name) = found else { return false }
    return texts(name, text)
  }
}

extension RunField {
  /// Checks that a value is one with which the field can be compared.
  ///
  /// - Parameters:
  ///   - isOrdered: Whether it is asked which is the larger one.
  ///   - runs: The runs whose values tell whether a setting is a number.
  /// - Throws: ``Diagnostic`` with the nearest name where names are accepted.
  fileprivate func check(
    _ value: ConfigurationValue, isOrdered: Bool, among runs: [StoredRun]
  ) throws {
    // Whether there is a value can be asked of every field.
    if value == .null { return }
    let found = value.foundWords()
    switch kind {
    case .number:
      guard Double(configuration: value) != nil else {
        throw Diagnostic("\(name) is compared with a number, not \(found)")
      }
    case .flag:
      guard Bool(configuration: value) != nil else {
        throw Diagnostic("\(name) is true or false, not \(found)")
      }
    case .choice(let names):
      if isOrdered { throw Diagnostic("\(name) has no order: only = and != compare it") }
      guard names.contains(value.description) else {
        throw Diagnostic.unknown(name, value.description, accepted: names)
      }
    case .identifier: break
    case .any:
      guard isOrdered, String(configuration: value) != nil else { return }
      let known = runs.lazy.flatMap { values(of: $0) }
      if !known.isEmpty, known.allSatisfy({ Double(configuration: $0) != nil }) {
        throw Diagnostic("\(name) is compared with a number, not \(found)")
      }
    }
  }
}
