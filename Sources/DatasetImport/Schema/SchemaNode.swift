import Configuration
import Tabular
import Yams

/// A place in a YAML file, which knows how to name itself in messages.
struct SchemaNode {
  let node: Node
  let path: String
  let file: String

  /// The keys that the mappings around this place take.
  private let outerKeys: [String]

  /// Parses a YAML text.
  init(yaml: String, file: String) throws {
    do {
      guard let node = try Yams.compose(yaml: yaml) else {
        throw ConfigurationError("\(file): the file is empty")
      }
      try checkBounds(of: node, file: file)
      self.init(node: node, path: "", file: file, outerKeys: [])
    } catch let error as YamlError {
      throw ConfigurationError("\(file): not readable as YAML: \(yamlSentence(error, in: yaml))")
    }
  }

  private init(node: Node, path: String, file: String, outerKeys: [String]) {
    self.node = node
    self.path = path
    self.file = file
    self.outerKeys = outerKeys
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
      return CanonicalText.composed(scalar.string)
    }
  }

  /// Whether the node is a single value, not a list or mapping.
  var isScalar: Bool { node.scalar != nil }

  /// The node as a finite number.
  var number: Double {
    get throws {
      guard let value = Double(decimal: node.scalar?.string ?? "") else {
        throw error("is '\(description)', but must be a decimal number")
      }
      return value
    }
  }

  /// The node as a number that other numbers can be compared with exactly.
  var exactNumber: Number {
    get throws {
      let text = Array((node.scalar?.string ?? "").utf8)
      guard let number = text.withUnsafeBufferPointer({ Number($0) }) else {
        throw error("is '\(description)', but must be a decimal number")
      }
      guard number.isExact else { throw error("is \(description), which \(Number.inexact)") }
      return number
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
    throw error("is '\(description)', but must be one of \(list(Choice.allCases.map(\.rawValue)))")
  }

  /// The elements of a list.
  var elements: [SchemaNode] {
    get throws {
      guard let sequence = node.sequence else { throw error("must be a list") }
      return sequence.enumerated().map { index, element in
        SchemaNode(node: element, path: "\(path)[\(index)]", file: file, outerKeys: outerKeys)
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
        guard let key = key.scalar?.string else { throw error("has a key that is not text") }
        let name = CanonicalText.composed(key)
        let inner = path.isEmpty ? excerpt(name) : "\(path).\(excerpt(name))"
        return (name, SchemaNode(node: value, path: inner, file: file, outerKeys: outerKeys))
      }
    }
  }

  /// Returns the entries of a mapping whose keys must be among `accepted`.
  func object(_ accepted: [String]) throws -> SchemaObject {
    let entries = try entries
    for (index, (key, value)) in entries.enumerated() where !accepted.contains(key) {
      if outerKeys.contains(key) {
        throw value.error(
          "is not allowed here, but further out: is its line indented too far?")
      }
      if index > 0, entries[index - 1].value.node.scalar?.string.isEmpty ?? false {
        throw value.error(
          "is not allowed here; does it belong to '\(entries[index - 1].key)' above, which is empty? "
            + "Then its line must be indented further")
      }
      let unknown = ConfigurationError.unknown("key", key, accepted: accepted)
      throw value.error("is not allowed: \(unknown.description)")
    }
    let members = entries.map { key, value in
      (
        key,
        SchemaNode(
          node: value.node, path: value.path, file: file, outerKeys: outerKeys + accepted)
      )
    }
    return SchemaObject(node: self, members: Dictionary(members) { first, _ in first })
  }

  /// Returns the digest of the entries of a mapping, whatever their order and layout.
  func digest(without excluded: Set<String>) -> String {
    func value(_ node: Node, without excluded: Set<String> = []) -> ConfigurationValue {
      switch node {
      case .mapping(let mapping):
        let members = mapping.map { ($0.key.string ?? "", value($0.value)) }
        return .object(
          Dictionary(members.filter { !excluded.contains($0.0) }) { first, _ in first })
      case .sequence(let sequence): return .list(sequence.map { value($0) })
      case .scalar, .alias: return .string(node.string ?? "")
      }
    }
    return SHA256.digest(of: value(node, without: excluded).canonicalJSON)
  }

  private var description: String { node.scalar.map { excerpt($0.string) } ?? "a list or mapping" }

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
func expandingRange(_ text: String) -> [String] {
  guard let match = text.firstMatch(of: /^(.*)\{([0-9]+)\.\.([0-9]+)\}(.*)$/),
    let low = Int(match.2), let high = Int(match.3), low <= high, high - low < 100_000
  else { return [text] }
  let (start, end) = (String(match.1), String(match.4))
  return (low...high).map { "\(start)\($0)\(end)" }
}
