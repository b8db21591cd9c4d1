import Configuration
import Yams

/// The position of a part of a schema: the file, the line and the key.
///
/// All places compare equal: the position of a part does not change the meaning of a schema.
struct SchemaPlace: Equatable, Sendable {
  private let places: [String]

  /// The place of a node.
  init(_ node: YAMLNode) { places = node.error("").place }

  /// The place of a whole file.
  init(file: String) { places = [file] }

  /// Returns a diagnostic for this part.
  func error(_ problem: String) -> Diagnostic { locating(Diagnostic(problem)) }

  /// Returns the diagnostic with this place prepended.
  func locating(_ error: Diagnostic) -> Diagnostic {
    places.reversed().reduce(error) { $0.at($1) }
  }

  /// Runs `body` and prepends this place to any diagnostic that it throws.
  func locating<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as Diagnostic { throw locating(error) }
  }

  static func == (_: SchemaPlace, _: SchemaPlace) -> Bool { true }
}

/// A text of a schema with its position.
struct PlacedText: Equatable, Sendable {
  var text: String
  let place: SchemaPlace
}

/// The positions of keys and texts in a schema, for errors found only when all keys are known, or
/// when files are read.
///
/// All places compare equal: the position of a text does not change the meaning of a schema.
struct SchemaPlaces: Equatable, Sendable {
  private let file: String
  private var lines: [String: Int] = [:]
  private var keys: [String: SchemaPlace] = [:]

  /// Records the keys of the outer two levels, and all texts except those that only serve as
  /// descriptions.
  init(_ root: YAMLNode, renamedKeys: [String: String]) {
    file = root.file
    for (key, node) in root.node.mapping ?? [:] where key.scalar?.string != "summary" { add(node) }
    for (key, node) in (try? root.entries) ?? [] {
      let key = renamedKeys[key] ?? key
      keys[key] = SchemaPlace(node)
      for (inner, node) in (try? node.entries) ?? [] {
        keys["\(key).\(inner)"] = SchemaPlace(node)
      }
    }
  }

  /// Returns the first position of a text: the file, and the line if the text occurs.
  func place(of text: String) -> String {
    lines[text].map { "\(file):\($0)" } ?? file
  }

  /// The position of a key, such as `split.test`; the whole file if there is no such key.
  subscript(key: String) -> SchemaPlace { keys[key] ?? SchemaPlace(file: file) }

  static func == (_: SchemaPlaces, _: SchemaPlaces) -> Bool { true }

  private mutating func add(_ node: Node) {
    switch node {
    case .scalar(let scalar):
      for text in expandingRange(CanonicalText.composed(scalar.string)) where lines[text] == nil {
        lines[text] = node.mark?.line
      }
    case .sequence(let sequence): sequence.forEach { add($0) }
    case .mapping(let mapping):
      for (key, value) in mapping {
        add(key)
        add(value)
      }
    case .alias: break
    }
  }
}
