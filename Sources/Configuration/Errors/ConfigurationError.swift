/// Something in a configuration that cannot be used: a sentence that says where and what, and what
/// is accepted.
public struct ConfigurationError: Error, CustomStringConvertible, Equatable {
  /// The sentence, without a full stop.
  public let description: String

  /// Creates an error.
  ///
  /// Characters that do not show are escaped, so that no input can steer the terminal or begin a line;
  /// see ``printableSentence(_:)``.
  public init(_ description: String) { self.description = printableSentence(description) }

  /// Creates the error for a name that is not known: names the nearest one and lists all, or the
  /// first of very many.
  public static func unknown(_ kind: String, _ name: String, accepted: [String])
    -> ConfigurationError
  {
    var sentence = "unknown \(kind) '\(excerpt(name))'"
    if let nearest = nearestName(to: name, among: accepted) {
      sentence += "; did you mean '\(nearest)'?"
    }
    let shown = accepted.prefix(100).map { excerpt($0) }
    let rest = accepted.count - shown.count
    sentence += accepted.isEmpty ? " (none exist)" : " (known: \(shown.joined(separator: ", "))"
    if !accepted.isEmpty { sentence += rest > 0 ? ", and \(rest) more)" : ")" }
    return ConfigurationError(sentence)
  }

  /// Returns the error with more to say behind it: `sentence; more`.
  public func adding(_ more: String) -> ConfigurationError {
    ConfigurationError("\(description); \(more)")
  }

  /// Returns the error with a place put in front: `place: sentence`.
  public func at(_ place: String) -> ConfigurationError {
    ConfigurationError("\(place): \(description)")
  }
}

/// Returns the candidate with the smallest edit distance, if it is near enough to be a misspelling.
///
/// Names of more than 80 characters are not compared, nor are candidates behind the first 2,000, so
/// that the answer comes at once whatever the input is.
public func nearestName(to name: String, among candidates: [String]) -> String? {
  guard let name = comparable(name) else { return nil }
  let limit = max(2, name.count / 3)
  var best: (candidate: String, distance: Int)?
  for candidate in candidates.prefix(2000) {
    guard let other = comparable(candidate), abs(other.count - name.count) <= limit else {
      continue
    }
    let distance = editDistance(name, other)
    if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  return best?.candidate
}

/// The small letters of a name; nil where it is too long to be a misspelling of anything.
private func comparable(_ name: String) -> [Unicode.Scalar]? {
  guard name.utf8.count <= 320 else { return nil }
  let scalars = Array(name.lowercased().unicodeScalars)
  return scalars.count <= 80 ? scalars : nil
}

private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var previous = Array(0...b.count)
  for (i, left) in a.enumerated() {
    var current = [i + 1]
    for (j, right) in b.enumerated() {
      current.append(
        min(previous[j + 1] + 1, current[j] + 1, previous[j] + (left == right ? 0 : 1)))
    }
    previous = current
  }
  return previous[b.count]
}
