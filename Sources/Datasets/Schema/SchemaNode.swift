import Ranking
import Yams

/// A place in a YAML file, which knows how to name itself in messages.
struct SchemaNode {
  let node: Node
  let path: String
  let file: String

  /// Parses a YAML text.
  init(yaml: String, file: String) throws {
    do {
      guard let node = try Yams.compose(yaml: yaml) else {
        throw ConfigurationError("\(file): the file is empty")
      }
      self.init(node: node, path: "", file: file)
    } catch let error as YamlError {
      let words = "\(error)".split(separator: "\n").map { $0.trimmingPrefix(while: \.isWhitespace) }
      throw ConfigurationError("\(file): not readable as YAML: \(words.joined(separator: " "))")
    }
  }

  private init(node: Node, path: String, file: String) {
    self.node = node
    self.path = path
    self.file = file
  }

  /// Returns an error about this place.
  func error(_ sentence: String) -> ConfigurationError {
    var place = file
    if let mark = node.mark { place += ", line \(mark.line)" }
    return ConfigurationError("\(place): \(path.isEmpty ? "" : path + " ")\(sentence)")
  }

  /// The node as text.
  var text: String {
    get throws {
      guard let scalar = node.scalar else { throw error("must be text") }
      return scalar.string
    }
  }

  /// Whether the node is a single value, not a list or mapping.
  var isScalar: Bool { node.scalar != nil }

  /// The node as a finite number.
  var number: Double {
    get throws {
      guard let value = Double(node.scalar?.string ?? ""), value.isFinite else {
        throw error("is '\(description)', but must be a number")
      }
      return value
    }
  }

  /// Returns the node as a whole number not below `minimum`.
  func integer(atLeast minimum: Int) throws -> Int {
    guard let value = Int(node.scalar?.string ?? ""), value >= minimum else {
      throw error("is '\(description)', but must be a whole number, at least \(minimum)")
    }
    return value
  }

  /// The node as true or false.
  var flag: Bool {
    get throws {
      switch node.scalar?.string {
      case "true": return true
      case "false": return false
      default: throw error("is '\(description)', but must be true or false")
      }
    }
  }

  /// Returns the node as one of the cases of an enumeration of texts.
  func choice<Choice: CaseIterable & RawRepresentable>(_: Choice.Type) throws -> Choice
  where Choice.RawValue == String {
    if let choice = Choice(rawValue: try text) { return choice }
    throw error("is '\(try text)', but must be one of \(list(Choice.allCases.map(\.rawValue)))")
  }

  /// The elements of a list.
  var elements: [SchemaNode] {
    get throws {
      guard let sequence = node.sequence else { throw error("must be a list") }
      return sequence.enumerated().map { index, element in
        SchemaNode(node: element, path: "\(path)[\(index)]", file: file)
      }
    }
  }

  /// The texts of a list, or a single text; `name_{1..3}` is short for three of them.
  var texts: [String] {
    get throws { try (isScalar ? [self] : elements).flatMap { expandingRange(try $0.text) } }
  }

  /// The entries of a mapping, in the order of the file.
  var entries: [(key: String, value: SchemaNode)] {
    get throws {
      guard let mapping = node.mapping else { throw error("must be a mapping") }
      return try mapping.map { key, value in
        guard let name = key.scalar?.string else { throw error("has a key that is not text") }
        return (
          name,
          SchemaNode(node: value, path: path.isEmpty ? name : "\(path).\(name)", file: file)
        )
      }
    }
  }

  /// Returns the entries of a mapping whose keys must be among `accepted`.
  func object(_ accepted: [String]) throws -> SchemaObject {
    let entries = try entries
    for (key, value) in entries where !accepted.contains(key) {
      let unknown = ConfigurationError.unknown("key", key, accepted: accepted)
      throw value.error("is not allowed: \(unknown.description)")
    }
    return SchemaObject(
      node: self, members: Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first })
  }

  private var description: String { node.scalar?.string ?? "a list or mapping" }

  private func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}

/// The entries of a mapping with known keys.
struct SchemaObject {
  let node: SchemaNode
  fileprivate let members: [String: SchemaNode]

  fileprivate init(node: SchemaNode, members: [String: SchemaNode]) {
    self.node = node
    self.members = members
  }

  subscript(key: String) -> SchemaNode? { members[key] }

  /// Returns the entry of a key that must be there.
  func required(_ key: String) throws -> SchemaNode {
    guard let member = members[key] else { throw node.error("lacks the key '\(key)'") }
    return member
  }

  /// Returns the only one of `keys` that is there.
  func only(of keys: [String]) throws -> String {
    let present = keys.filter { members[$0] != nil }
    guard present.count == 1 else {
      throw node.error("must have exactly one of \(keys.joined(separator: ", "))")
    }
    return present[0]
  }
}

/// Expands `name_{2..4}` to `name_2`, `name_3`, `name_4`; other texts are unchanged.
private func expandingRange(_ text: String) -> [String] {
  guard let match = text.firstMatch(of: /^(.*)\{([0-9]+)\.\.([0-9]+)\}(.*)$/),
    let low = Int(match.2), let high = Int(match.3), low <= high, high - low < 100_000
  else { return [text] }
  return (low...high).map { "\(match.1)\($0)\(match.4)" }
}
