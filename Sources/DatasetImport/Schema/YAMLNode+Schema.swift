import Configuration
import Tabular

/// Forms of texts and numbers that schemas accept in addition to general YAML.
extension YAMLNode {
  /// The texts of a list, or a single text; `name_{1..3}` is short for three of them.
  var texts: [String] {
    get throws { try (isScalar ? [self] : elements).flatMap { expandingRange(try $0.text) } }
  }

  /// The texts of ``texts``, of which there must be one or more.
  ///
  /// - Parameter what: What the texts are, in the plural.
  func someTexts(_ what: String) throws -> [String] {
    let texts = try texts
    guard !texts.isEmpty else { throw error("must name one or more \(what)") }
    return texts
  }

  /// The texts of ``texts`` with their positions.
  var placedTexts: [PlacedText] {
    get throws {
      try (isScalar ? [self] : elements).flatMap { node in
        try node.texts.map { PlacedText(text: $0, place: SchemaPlace(node)) }
      }
    }
  }

  /// A number that other numbers can be compared with exactly.
  var exactNumber: Number {
    get throws {
      let text = try text
      guard let number = Array(text.utf8).withUnsafeBufferPointer({ Number($0) }) else {
        throw error("must be a decimal number, but is '\(excerpt(text))'")
      }
      guard number.isExact else { throw error("is \(excerpt(text)), which \(Number.inexact)") }
      return number
    }
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
