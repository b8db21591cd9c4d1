/// Something in a configuration that cannot be used: a sentence that says where and what, and what
/// is accepted.
public struct ConfigurationError: Error, CustomStringConvertible, Equatable {
  /// The sentence, without a full stop.
  public let description: String

  /// Creates an error.
  public init(_ description: String) { self.description = description }

  /// Creates the error for a name that is not known: names the nearest one and lists all.
  public static func unknown(_ kind: String, _ name: String, accepted: [String])
    -> ConfigurationError
  {
    var sentence = "unknown \(kind) '\(name)'"
    if let nearest = nearestName(to: name, among: accepted) {
      sentence += "; did you mean '\(nearest)'?"
    }
    sentence += accepted.isEmpty ? " (none exist)" : " (known: \(accepted.joined(separator: ", ")))"
    return ConfigurationError(sentence)
  }

  /// Returns the error with a place put in front: `place: sentence`.
  public func at(_ place: String) -> ConfigurationError {
    ConfigurationError("\(place): \(description)")
  }
}

/// Returns the candidate with the smallest edit distance, if it is near enough to be a misspelling.
public func nearestName(to name: String, among candidates: [String]) -> String? {
  let scored = candidates.map { candidate in
    (candidate, editDistance(Array(name.lowercased()), Array(candidate.lowercased())))
  }
  guard let best = scored.min(by: { $0.1 < $1.1 }) else { return nil }
  return best.1 <= max(2, name.count / 3) ? best.0 : nil
}

private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
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
