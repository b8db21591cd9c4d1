import Configuration
import Yams

/// In which line of a schema each text stands first, for errors that are found only when files are read.
///
/// All places are equal: where a text stands does not change what a schema says.
struct SchemaPlaces: Equatable, Sendable {
  private let file: String
  private var lines: [String: Int] = [:]

  /// Notes the texts of a schema, those apart that only tell people what it is.
  init(_ root: YAMLNode) {
    file = root.file
    for (key, node) in root.node.mapping ?? [:] where key.scalar?.string != "summary" { add(node) }
  }

  /// Returns where a text stands first: the file, and the line if it is there.
  func place(of text: String) -> String {
    lines[text].map { "\(file):\($0)" } ?? file
  }

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
