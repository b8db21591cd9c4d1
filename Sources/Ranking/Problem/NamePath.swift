import Configuration

/// Paths of names joined by `/`, such as `north/airport`, in which different names never give the
/// same text.
///
/// An ambiguous name (empty, containing `/` or `"`, or one of ``reserved``) is written in double
/// quotes, with any double quote inside it doubled. For example, the scenario `b/c` below `a` is
/// `a/"b/c"`, and `c` below `a/b` is `"a/b"/c`.
public enum NamePath {
  /// The reserved names of measures over several scenarios; see `MetricName`.
  public static let reserved = ["macro", "pooled"]

  /// Returns the names joined into one text.
  public static func text(_ names: [String]) -> String {
    names.map(quotedIfNeeded).joined(separator: "/")
  }

  /// Returns the names in a text, each with whether it was in quotes.
  ///
  /// Unnecessary quotes are accepted.
  ///
  /// - Throws: ``Diagnostic`` if a quote is not closed or is followed by text.
  public static func names(in text: String) throws -> [(name: String, isQuoted: Bool)] {
    var names: [(name: String, isQuoted: Bool)] = []
    var rest = text[...]
    while true {
      let name: (String, Bool)
      if rest.first == "\"" {
        name = (try takeQuoted(from: &rest, of: text), true)
      } else {
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        name = (String(rest[..<end]), false)
        rest = rest[end...]
      }
      names.append(name)
      guard let next = rest.first else { return names }
      guard next == "/" else {
        throw Diagnostic("'\(text)' has text after a closing quote; only '/' may follow it")
      }
      rest = rest.dropFirst()
    }
  }

  private static func quotedIfNeeded(_ name: String) -> String {
    let isPlain =
      !name.isEmpty && !name.contains(where: { $0 == "/" || $0 == "\"" })
      && !reserved.contains(name)
    return isPlain ? name : "\"" + name.replacing("\"", with: "\"\"") + "\""
  }

  private static func takeQuoted(from rest: inout Substring, of text: String) throws -> String {
    var name = ""
    rest = rest.dropFirst()
    while let character = rest.popFirst() {
      if character != "\"" {
        name.append(character)
      } else if rest.first == "\"" {
        name.append("\"")
        rest = rest.dropFirst()
      } else {
        return name
      }
    }
    throw Diagnostic("'\(text)' opens a double quote that is not closed")
  }
}
