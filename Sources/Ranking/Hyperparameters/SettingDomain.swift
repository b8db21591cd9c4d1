/// The values that are accepted somewhere, such as by a setting.
///
/// What is said of them in messages and listings is made from it; see ``description``.
public enum SettingDomain: Sendable, Equatable {
  /// True or false.
  case flag
  /// A whole number, within bounds where there are any.
  case wholeNumber(ClosedRange<Int>? = nil)
  /// A finite number, within bounds where there are any.
  case number(ClosedRange<Double>? = nil)
  /// One of some names.
  case choice([String])
  /// Any text.
  case text
  /// A list of so many elements or more, each of a domain of its own.
  indirect case list(SettingDomain, minimumCount: Int = 0)

  /// Whether a value is accepted.
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
    }
  }

  private static func `is`<Number>(_ number: Number?, within bounds: ClosedRange<Number>?) -> Bool {
    guard let number else { return false }
    return bounds?.contains(number) ?? true
  }
}

extension SettingDomain: CustomStringConvertible {
  /// The domain in words that follow "must be", such as `a whole number from 1 to 256`.
  public var description: String {
    switch self {
    case .flag: "true or false"
    case .wholeNumber(let bounds): "a whole number" + Self.words(bounds)
    case .number(let bounds): "a number" + Self.words(bounds)
    case .choice(let names): "one of " + names.joined(separator: ", ")
    case .text: "text"
    case .list(let element, let minimumCount):
      "a list\(minimumCount > 0 ? " of at least \(minimumCount)" : ""), each element \(element)"
    }
  }

  private static func words<Number>(_ bounds: ClosedRange<Number>?) -> String {
    bounds.map { " from \($0.lowerBound) to \($0.upperBound)" } ?? ""
  }
}
