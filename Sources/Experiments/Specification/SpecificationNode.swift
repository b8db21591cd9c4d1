import Configuration
import Tabular
import Yams

/// A place in a YAML file: its contents, and its name in messages.
struct SpecificationNode {
  private let node: Node
  private let path: String
  private let file: String

  /// Reads YAML text.
  ///
  /// - Throws: ``ConfigurationError`` with file and line where the text is not YAML.
  init(yaml text: String, file: String) throws {
    do {
      guard let root = try Yams.compose(yaml: text) else {
        throw ConfigurationError("\(file): the file is empty")
      }
      try checkBounds(of: root, file: file)
      self.init(node: root, path: "", file: file)
    } catch let error as YamlError {
      throw ConfigurationError("\(file): not valid YAML: \(yamlSentence(error, in: text))")
    }
  }

  private init(node: Node, path: String, file: String) {
    self.node = node
    self.path = path
    self.file = file
  }

  /// Returns an error that begins with file, line and key.
  func error(_ sentence: String) -> ConfigurationError {
    var place = file
    if let mark = node.mark { place += ":\(mark.line)" }
    if !path.isEmpty { place += ": \(path)" }
    return ConfigurationError("\(place): \(sentence)")
  }

  /// Runs `body`, and puts this place in front of the error it throws.
  func located<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as ConfigurationError {
      throw self.error(error.description)
    }
  }

  /// Returns the members of a mapping that may have the given keys and no others.
  func members(_ keys: String...) throws -> [String: SpecificationNode] {
    var result: [String: SpecificationNode] = [:]
    var previous: (key: String, node: Node)?
    for (key, value) in try entries() {
      guard keys.contains(key) else {
        if let previous, previous.node.scalar?.string.isEmpty ?? false {
          throw value.error(
            "is not allowed here; does it belong to '\(previous.key)' above, which is empty? Then its "
              + "line must be indented further")
        }
        throw value.located(.unknown("key", key, accepted: keys))
      }
      previous = (key, value.node)
      result[key] = value
    }
    return result
  }

  /// Returns the members of a mapping with any keys, in the order of the file.
  func entries() throws -> [(String, SpecificationNode)] {
    guard case .mapping(let mapping) = node else {
      throw error("must be a mapping of keys to values, but is \(found)")
    }
    return try mapping.map { key, value in
      guard case .scalar(let scalar) = key else { throw error("a key must be plain text") }
      let name = excerpt(scalar.string)
      let inner = path.isEmpty ? name : "\(path).\(name)"
      return (scalar.string, SpecificationNode(node: value, path: inner, file: file))
    }
  }

  /// Returns the elements of a list.
  func elements() throws -> [SpecificationNode] {
    guard case .sequence(let sequence) = node else {
      throw error("must be a list, but is \(found)")
    }
    return sequence.enumerated().map { index, element in
      SpecificationNode(node: element, path: "\(path)[\(index + 1)]", file: file)
    }
  }

  /// Whether this is a list.
  var isList: Bool { if case .sequence = node { true } else { false } }

  /// Returns text.
  func text() throws -> String {
    guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
      throw error("must be text, but is \(found)")
    }
    return scalar.string
  }

  /// Returns a whole number in a range.
  func wholeNumber(in range: ClosedRange<Int>) throws -> Int {
    guard case .scalar = node, case .integer(let value) = try value(), range.contains(value) else {
      throw error(
        "must be a whole number from \(range.lowerBound) to \(range.upperBound), but is \(found)")
    }
    return value
  }

  /// Returns a finite number.
  func number() throws -> Double {
    guard case .scalar = node, let number = Double(configuration: try value()) else {
      throw error("must be a number, but is \(found)")
    }
    return number
  }

  /// Returns one of the named options.
  func choice<Choice: RawRepresentable & CaseIterable>(_ kind: String, as type: Choice.Type) throws
    -> Choice where Choice.RawValue == String
  {
    let name = try choice(kind, among: Choice.allCases.map(\.rawValue))
    guard let choice = Choice(rawValue: name) else {
      throw located(.unknown(kind, name, accepted: []))
    }
    return choice
  }

  /// Returns one of some names.
  func choice(_ kind: String, among names: [String]) throws -> String {
    let name = try text()
    guard names.contains(name) else { throw located(.unknown(kind, name, accepted: names)) }
    return name
  }

  /// Returns a value of any kind.
  ///
  /// Text in quotes stays text; of bare words, only `true`, `false`, `null` and numbers are
  /// something else.
  func value() throws -> ConfigurationValue {
    switch node {
    case .scalar(let scalar):
      switch scalar.style {
      case .singleQuoted, .doubleQuoted, .literal, .folded: return .string(scalar.string)
      default: return Self.plain(scalar.string)
      }
    case .sequence: return .list(try elements().map { try $0.value() })
    case .mapping:
      return .object(
        Dictionary(
          try entries().map { ($0, try $1.value()) }, uniquingKeysWith: { first, _ in first }))
    case .alias: throw error("must be a value, but is an alias that points nowhere")
    }
  }

  private func located(_ error: ConfigurationError) -> ConfigurationError {
    self.error(error.description)
  }

  private var found: String {
    switch node {
    case .scalar(let scalar): scalar.string.isEmpty ? "empty" : "'\(excerpt(scalar.string))'"
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }

  private static func plain(_ text: String) -> ConfigurationValue {
    switch text {
    case "", "~", "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default: break
    }
    if let whole = Int(text) { return .integer(whole) }
    if let number = Double(decimal: text) { return .number(number) }
    return .string(text)
  }
}
