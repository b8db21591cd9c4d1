/// A domain of accepted values, such as those of a setting.
///
/// Its wording in messages and listings is derived from it; see ``description``.
public enum SettingDomain: Sendable, Equatable {
  /// True or false.
  case flag
  /// A whole number, within bounds if given.
  case wholeNumber(ClosedRange<Int>? = nil)
  /// A finite number, within bounds if given.
  case number(ClosedRange<Double>? = nil)
  /// One of several names.
  case choice([String])
  /// Any text.
  case text
  /// A list with at least a minimum number of elements, all of one domain.
  indirect case list(SettingDomain, minimumCount: Int = 0)
  /// Named members, any of which may be missing.
  case record([Member])
  /// Members with any names, all of one domain.
  indirect case map(SettingDomain)
  /// One of several methods: just its id, or an object with `id` and settings of the method.
  case method([Method])

  /// A member of a record.
  public struct Member: Sendable, Equatable {
    /// The name.
    public let name: String
    /// The values that are accepted.
    public let domain: SettingDomain

    /// Creates a member.
    public init(_ name: String, _ domain: SettingDomain) {
      self.name = name
      self.domain = domain
    }
  }

  /// A method to choose from.
  public struct Method: Sendable, Equatable {
    /// The id.
    public let id: String
    /// The settings of the method.
    public let settings: [Member]

    /// Creates a method.
    public init(id: String, settings: [SettingDeclaration]) {
      self.id = id
      self.settings = settings.map { Member($0.name, $0.domain) }
    }
  }

  /// Returns whether a value is accepted.
  public func contains(_ value: ConfigurationValue) -> Bool {
    switch self {
    case .flag: return Bool(configuration: value) != nil
    case .wholeNumber(let bounds): return Self.is(Int(configuration: value), within: bounds)
    case .number(let bounds): return Self.is(Double(configuration: value), within: bounds)
    case .choice(let names): return String(configuration: value).map(names.contains) == true
    case .text: return String(configuration: value) != nil
    case .list(let element, let minimumCount):
      guard case .list(let values) = value else { return false }
      return values.count >= minimumCount && values.allSatisfy(element.contains)
    case .record(let members):
      guard case .object(let values) = value else { return false }
      return Self.accept(values, members)
    case .map(let element):
      guard case .object(let values) = value else { return false }
      return values.values.allSatisfy(element.contains)
    case .method(let methods):
      switch value {
      case .string(let id): return methods.contains { $0.id == id }
      case .object(var values):
        guard case .string(let id)? = values.removeValue(forKey: "id"),
          let method = methods.first(where: { $0.id == id })
        else { return false }
        return Self.accept(values, method.settings)
      default: return false
      }
    }
  }

  /// Returns why a value is not accepted: the member that is at fault, with the nearest name if it is
  /// a misspelling.
  func refusal(of value: ConfigurationValue) -> Diagnostic {
    switch (self, value) {
    case (.choice(let names), .string(let name)):
      return .unknown("value", name, accepted: names)
    case (.method(let methods), .string(let id)):
      return .unknown("value", id, accepted: methods.map(\.id))
    case (.method(let methods), .object(var values)):
      guard case .string(let id)? = values.removeValue(forKey: "id") else { break }
      guard let method = methods.first(where: { $0.id == id }) else {
        return .unknown("value", id, accepted: methods.map(\.id)).at("id")
      }
      if let refusal = Self.refusal(of: values, method.settings) { return refusal }
    case (.record(let members), .object(let values)):
      if let refusal = Self.refusal(of: values, members) { return refusal }
    case (.map(let element), .object(let values)):
      let wrong = values.sorted { $0.key < $1.key }.first { !element.contains($0.value) }
      if let wrong { return element.refusal(of: wrong.value).at(excerpt(wrong.key)) }
    default: break
    }
    return Diagnostic("must be \(self), but is \(value.foundWords())")
  }

  /// Returns why members are not accepted; nil if they are.
  private static func refusal(of values: [String: ConfigurationValue], _ members: [Member])
    -> Diagnostic?
  {
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      guard let member = members.first(where: { $0.name == name }) else {
        return .unknown("hyper-parameter", name, accepted: members.map(\.name))
      }
      if !member.domain.contains(value) { return member.domain.refusal(of: value).at(name) }
    }
    return nil
  }

  private static func accept(_ values: [String: ConfigurationValue], _ members: [Member]) -> Bool {
    values.allSatisfy { name, value in
      members.first { $0.name == name }?.domain.contains(value) ?? false
    }
  }

  private static func `is`<Number>(_ number: Number?, within bounds: ClosedRange<Number>?) -> Bool {
    guard let number else { return false }
    return bounds?.contains(number) ?? true
  }
}

extension SettingDomain: CustomStringConvertible {
  /// A description of the domain that can follow "must be", such as `a whole number from 1 to 256`.
  public var description: String {
    switch self {
    case .flag: "true or false"
    case .wholeNumber(let bounds): "a whole number" + Self.words(bounds)
    case .number(let bounds): "a number" + Self.words(bounds)
    case .choice(let names): "one of " + names.joined(separator: ", ")
    case .text: "text"
    case .list(let element, let minimumCount):
      "a list\(minimumCount > 0 ? " of at least \(minimumCount)" : ""), each element \(element)"
    case .record(let members):
      "an object of " + members.map { "\($0.name) (\($0.domain))" }.joined(separator: ", ")
    case .map(let element): "an object, each member \(element)"
    case .method(let methods):
      "one of " + methods.map(\.id).joined(separator: ", ")
        + ", alone or as an object of id and settings"
    }
  }

  private static func words<Number>(_ bounds: ClosedRange<Number>?) -> String {
    func text(_ bound: Number) -> String {
      let text = "\(bound)"
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    return bounds.map { " from \(text($0.lowerBound)) to \(text($0.upperBound))" } ?? ""
  }
}
