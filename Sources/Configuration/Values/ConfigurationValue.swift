/// A configuration value, as in YAML specs, command lines, run records and digests.
public enum ConfigurationValue: Sendable, Equatable {
  /// No value.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number without a fraction, within 64 bits.
  case integer(Int)
  /// Any other number.
  case number(Double)
  /// A text.
  case string(String)
  /// Values in order.
  case list([ConfigurationValue])
  /// Values by name.
  case object([String: ConfigurationValue])

  /// The value as JSON with sorted keys and no spaces.
  ///
  /// Equal configurations have equal text, regardless of the order in which they were written.
  /// Numbers are written in the shortest form that reads back as the same `Double`; a whole number
  /// has the same text whether it was given as `1` or `1.0`.
  public var canonicalJSON: String {
    var text: [UInt8] = []
    text.reserveCapacity(1024)
    write(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// The value of a member, or nil if there is none or this is not an object.
  public subscript(_ key: String) -> ConfigurationValue? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  private func write(to text: inout [UInt8]) {
    switch self {
    case .null: text += "null".utf8
    case .bool(let value): text += (value ? "true" : "false").utf8
    case .integer(let value): text += String(value).utf8
    case .number(let value):
      if let whole = Int(exactly: value), whole.magnitude < 1 << 53 {
        text += String(whole).utf8
      } else {
        text += (value.isFinite ? "\(value)" : "\"\(value)\"").utf8
      }
    case .string(let value): Self.write(quoted: value, to: &text)
    case .list(let values):
      text.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        value.write(to: &text)
      }
      text.append(UInt8(ascii: "]"))
    case .object(let members):
      text.append(UInt8(ascii: "{"))
      for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        Self.write(quoted: member.key, to: &text)
        text.append(UInt8(ascii: ":"))
        member.value.write(to: &text)
      }
      text.append(UInt8(ascii: "}"))
    }
  }

  /// Returns whether another value certainly has the same canonical JSON, without creating it;
  /// false is inconclusive.
  package func isWritten(like other: ConfigurationValue) -> Bool {
    switch (self, other) {
    case (.integer(let whole), .number(let value)), (.number(let value), .integer(let whole)):
      value.magnitude < 0x1p53 && value == Double(whole)
    case (.list(let a), .list(let b)):
      a.count == b.count && zip(a, b).allSatisfy { $0.isWritten(like: $1) }
    case (.object(let a), .object(let b)):
      a.count == b.count && a.allSatisfy { b[$0.key]?.isWritten(like: $0.value) == true }
    default: self == other
    }
  }

  /// A short form for messages and tables.
  public var description: String {
    switch self {
    case .string(let value): return value
    case .list(let values): return "[" + values.map(\.description).joined(separator: ", ") + "]"
    default: return canonicalJSON
    }
  }

  /// Returns the value as found where something else is accepted: a text in quotes, since `"0.1"` is
  /// not the number that it looks like.
  package func foundWords(limit: Int = 80) -> String {
    guard case .string(let text) = self else { return excerpt(description, limit: limit) }
    return "the text '\(excerpt(text, limit: limit))'"
  }

  private static func write(quoted text: String, to result: inout [UInt8]) {
    result.append(UInt8(ascii: "\""))
    defer { result.append(UInt8(ascii: "\"")) }
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
    {
      result += text.utf8
      return
    }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): result += "\\\"".utf8
      case UInt8(ascii: "\\"): result += "\\\\".utf8
      case 10: result += "\\n".utf8
      case 13: result += "\\r".utf8
      case 9: result += "\\t".utf8
      case 0..<0x20:
        let hex = String(byte, radix: 16)
        result += ("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).utf8
      default: result.append(byte)
      }
    }
  }
}

/// A type whose values can occur in a configuration.
public protocol ConfigurationConvertible: Sendable, Equatable {
  /// The values that are accepted.
  static var domain: SettingDomain { get }

  /// Creates the value, or nil if the configuration holds something else.
  init?(configuration: ConfigurationValue)

  /// The value as stored in a configuration.
  var configuration: ConfigurationValue { get }
}

extension ConfigurationConvertible {
  /// A description of accepted values for messages, such as `a whole number`.
  public static var accepted: String { domain.description }
}

/// A number type for which a configuration can set bounds.
public protocol BoundedConfiguration: ConfigurationConvertible, Comparable {
  /// Returns the domain of numbers within bounds.
  static func domain(in bounds: ClosedRange<Self>) -> SettingDomain
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Int: BoundedConfiguration {
  public static var domain: SettingDomain { .wholeNumber() }
  public static func domain(in bounds: ClosedRange<Int>) -> SettingDomain { .wholeNumber(bounds) }
  public init?(configuration: ConfigurationValue) {
    switch configuration {
    case .integer(let value): self = value
    case .number(let value):
      // From 2^53 on, the double may differ from the number that was written.
      guard let whole = Int(exactly: value), whole.magnitude < 1 << 53 else { return nil }
      self = whole
    default: return nil
    }
  }
  public var configuration: ConfigurationValue { .integer(self) }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Double: BoundedConfiguration {
  public static var domain: SettingDomain { .number() }
  public static func domain(in bounds: ClosedRange<Double>) -> SettingDomain { .number(bounds) }
  public init?(configuration: ConfigurationValue) {
    switch configuration {
    case .integer(let value): self = Double(value)
    case .number(let value) where value.isFinite: self = value
    default: return nil
    }
  }
  public var configuration: ConfigurationValue { .number(self) }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Bool: ConfigurationConvertible {
  public static var domain: SettingDomain { .flag }
  public init?(configuration: ConfigurationValue) {
    guard case .bool(let value) = configuration else { return nil }
    self = value
  }
  public var configuration: ConfigurationValue { .bool(self) }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension String: ConfigurationConvertible {
  public static var domain: SettingDomain { .text }
  public init?(configuration: ConfigurationValue) {
    guard case .string(let value) = configuration else { return nil }
    self = value
  }
  public var configuration: ConfigurationValue { .string(self) }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Array: ConfigurationConvertible where Element: ConfigurationConvertible {
  public static var domain: SettingDomain { .list(Element.domain) }
  public init?(configuration: ConfigurationValue) {
    guard case .list(let values) = configuration else { return nil }
    let elements = values.compactMap(Element.init(configuration:))
    guard elements.count == values.count else { return nil }
    self = elements
  }
  public var configuration: ConfigurationValue { .list(map(\.configuration)) }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Dictionary: ConfigurationConvertible
where Key == String, Value: ConfigurationConvertible {
  public static var domain: SettingDomain { .map(Value.domain) }
  public init?(configuration: ConfigurationValue) {
    guard case .object(let members) = configuration else { return nil }
    let values = members.compactMapValues(Value.init(configuration:))
    guard values.count == members.count else { return nil }
    self = values
  }
  public var configuration: ConfigurationValue { .object(mapValues(\.configuration)) }
}

/// A choice among named options; conform a `String` enum to it.
public protocol ConfigurationChoice: ConfigurationConvertible, CaseIterable, RawRepresentable
where RawValue == String {}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension ConfigurationChoice {
  public static var domain: SettingDomain { .choice(allCases.map { $0.rawValue }) }
  public init?(configuration: ConfigurationValue) {
    guard case .string(let value) = configuration else { return nil }
    self.init(rawValue: value)
  }
  public var configuration: ConfigurationValue { .string(rawValue) }
}
