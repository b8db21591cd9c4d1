import Yams

/// A node of a YAML file, with its contents and its place in messages.
///
/// Messages begin with `file:line: path`, such as `schema.yaml:12: features.categorical[2].name`;
/// lines and list elements are counted from 1. All texts are read in Unicode normalization form C.
package struct YAMLNode {
  /// The parsed contents.
  package let node: Node

  private let path: String
  private let root: Root

  /// The keys that the mappings around this node accept.
  private let outerKeys: [String]

  /// The state that all nodes of a file share.
  private final class Root {
    let file: String
    let hasLines: Bool
    let renamedKeys: [String: String]
    var notes: [String] = []

    init(file: String, hasLines: Bool, renamedKeys: [String: String]) {
      self.file = file
      self.hasLines = hasLines
      self.renamedKeys = renamedKeys
    }
  }

  /// Parses a YAML text.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - file: The name of the file in messages; nil for text that is not from a file.
  ///   - renamedKeys: Current names of keys by their former names, which are also accepted, with a
  ///     note.
  /// - Throws: ``Diagnostic`` if the text is empty, not YAML, or unreasonably large.
  package init(yaml text: String, file: String?, renamedKeys: [String: String] = [:]) throws {
    self.init(
      node: try composeYAML(text, file: file), path: "",
      root: Root(
        file: file ?? "'\(excerpt(text))'", hasLines: file != nil, renamedKeys: renamedKeys),
      outerKeys: [])
  }

  private init(node: Node, path: String, root: Root, outerKeys: [String]) {
    self.node = node
    self.path = path
    self.root = root
    self.outerKeys = outerKeys
  }

  /// The name of the file in messages.
  package var file: String { root.file }

  /// A sentence for each former key name read so far.
  package var notes: [String] { root.notes }

  // MARK: Errors

  /// Returns a diagnostic for this node.
  package func error(_ problem: String) -> Diagnostic { located(Diagnostic(problem)) }

  /// Runs `body` and prepends the place of this node to any diagnostic that it throws.
  package func located<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as Diagnostic { throw located(error) }
  }

  private func located(_ error: Diagnostic) -> Diagnostic {
    (path.isEmpty ? error : error.at(path)).at(place)
  }

  private var place: String {
    guard root.hasLines, let mark = node.mark else { return root.file }
    return "\(root.file):\(mark.line)"
  }

  private var found: String {
    switch node {
    case .scalar(let scalar): scalar.string.isEmpty ? "empty" : "'\(excerpt(scalar.string))'"
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }

  // MARK: Single values

  /// Whether this is a single value, not a list or mapping.
  package var isScalar: Bool { node.scalar != nil }

  /// The text, which may be empty.
  package var text: String {
    get throws {
      guard let scalar = node.scalar else { throw error("must be text, but is \(found)") }
      return CanonicalText.composed(scalar.string)
    }
  }

  /// The text, which must not be empty.
  package var nonEmptyText: String {
    get throws {
      let text = try text
      guard !text.isEmpty else { throw error("must be text, but is empty") }
      return text
    }
  }

  /// The finite decimal number.
  package var number: Double {
    get throws {
      guard let value = Double(decimal: node.scalar?.string ?? ""), value.isFinite else {
        throw error("must be a decimal number, but is \(found)")
      }
      return value
    }
  }

  /// Returns the whole number, which must be in a range.
  package func wholeNumber(in range: ClosedRange<Int>) throws -> Int {
    guard let value = Int(node.scalar?.string ?? ""), range.contains(value) else {
      let bounds =
        range.upperBound == .max
        ? ", at least \(range.lowerBound)" : " from \(range.lowerBound) to \(range.upperBound)"
      throw error("must be a whole number\(bounds), but is \(found)")
    }
    return value
  }

  /// The value, which must be `true` or `false`.
  package var flag: Bool {
    get throws {
      switch node.scalar?.string {
      case "true": return true
      case "false": return false
      default: throw error("must be true or false, but is \(found)")
      }
    }
  }

  /// Returns one of several names; `kind` is the kind of thing that they name.
  package func choice(_ kind: String, among names: [String]) throws -> String {
    let name = try nonEmptyText
    guard names.contains(name) else {
      throw located(.unknown(kind, name, accepted: names))
    }
    return name
  }

  /// Returns the enumeration case with the name given here.
  package func choice<Choice: CaseIterable & RawRepresentable>(
    _ kind: String = "value", as _: Choice.Type
  ) throws -> Choice where Choice.RawValue == String {
    let name = try choice(kind, among: Choice.allCases.map(\.rawValue))
    guard let choice = Choice(rawValue: name) else { throw error("must be a \(kind)") }
    return choice
  }

  // MARK: Lists and mappings

  /// Whether this is a list.
  package var isList: Bool { node.sequence != nil }

  /// The elements of a list.
  package var elements: [YAMLNode] {
    get throws {
      guard let sequence = node.sequence else { throw error("must be a list, but is \(found)") }
      return sequence.enumerated().map { index, element in
        YAMLNode(
          node: element, path: "\(path)[\(index + 1)]", root: root, outerKeys: outerKeys)
      }
    }
  }

  /// The entries of a mapping with any keys, in the order of the file.
  package var entries: [(key: String, value: YAMLNode)] {
    get throws {
      guard let mapping = node.mapping else {
        throw error("must be a mapping of keys to values, but is \(found)")
      }
      return try mapping.map { key, value in
        guard let key = key.scalar?.string else { throw error("has a key that is not text") }
        let name = CanonicalText.composed(key)
        let inner = path.isEmpty ? excerpt(name) : "\(path).\(excerpt(name))"
        return (name, YAMLNode(node: value, path: inner, root: root, outerKeys: outerKeys))
      }
    }
  }

  /// Returns the entries of a mapping whose keys must be among `accepted`.
  package func object(_ accepted: [String]) throws -> YAMLObject {
    var members: [String: YAMLNode] = [:]
    var previous: (key: String, value: YAMLNode)?
    for (written, value) in try entries {
      var key = written
      if let name = root.renamedKeys[written], accepted.contains(name) {
        key = name
        guard members[key] == nil else {
          throw value.error("is the former name of '\(key)', which is given too")
        }
        root.notes.append("\(value.place): '\(written)' is called '\(key)' now")
      }
      guard accepted.contains(key) else { throw value.unaccepted(key, among: accepted, previous) }
      guard members[key] == nil else { throw value.error("is given a second time") }
      members[key] = YAMLNode(
        node: value.node, path: value.path, root: root, outerKeys: outerKeys + accepted)
      previous = (key, value)
    }
    return YAMLObject(node: self, members: members)
  }

  /// Returns the error for a key that is not accepted, often caused by a line with the wrong
  /// indentation.
  private func unaccepted(
    _ key: String, among accepted: [String], _ previous: (key: String, value: YAMLNode)?
  ) -> Diagnostic {
    if outerKeys.contains(key) {
      return error("is not allowed here, but further out: is its line indented too far?")
    }
    if let previous, previous.value.node.scalar?.string.isEmpty ?? false {
      return error(
        "is not allowed here; does it belong to '\(previous.key)' above, which is empty? Then its "
          + "line must be indented further")
    }
    return located(.unknown("key", key, accepted: accepted))
  }

  // MARK: Values of any kind

  /// Returns the value, of any kind.
  ///
  /// Quoted text remains text; unquoted words are text except for `true`, `false`, `null` and
  /// numbers.
  package func value() throws -> ConfigurationValue {
    switch node {
    case .scalar(let scalar):
      switch scalar.style {
      case .singleQuoted, .doubleQuoted, .literal, .folded: return .string(scalar.string)
      default: return Self.plain(scalar.string)
      }
    case .sequence: return .list(try elements.map { try $0.value() })
    case .mapping:
      return .object(Dictionary(try entries.map { ($0, try $1.value()) }) { first, _ in first })
    case .alias: throw error("must be a value, but is an alias that points nowhere")
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

/// The entries of a mapping with known keys.
package struct YAMLObject {
  /// The mapping.
  package let node: YAMLNode
  fileprivate let members: [String: YAMLNode]

  /// Returns the entry for a key, if there is one.
  package subscript(key: String) -> YAMLNode? { members[key] }

  /// Returns the entry for a required key.
  package func required(_ key: String) throws -> YAMLNode {
    guard let member = members[key] else { throw node.error("lacks the key '\(key)'") }
    return member
  }

  /// Returns the only one of `keys` that is present.
  package func only(of keys: [String]) throws -> String {
    let present = keys.filter { members[$0] != nil }
    guard present.count == 1 else {
      throw node.error("must have exactly one of \(keys.joined(separator: ", "))")
    }
    return present[0]
  }
}

extension ConfigurationValue {
  /// Reads a value from YAML, such as `0.1`, `true` or `[64, 32]`.
  ///
  /// - Throws: ``Diagnostic`` if the text is not YAML.
  public init(yaml text: String) throws {
    self = try YAMLNode(yaml: text, file: nil).value()
  }
}
