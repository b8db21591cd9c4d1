import Foundation

/// The reason why something cannot be done, in one sentence: where, what was found, and what is
/// accepted.
///
/// The sentence begins with the place, from outermost to innermost, such as
/// `experiments/table.yaml:12: rows[2].model: unknown model 'mmeo'; did you mean 'mmoe'? (known: mmoe, ple)`.
public struct Diagnostic: Error, CustomStringConvertible, Equatable {
  /// The file, line, key or row in question, from outermost to innermost; empty if ``problem`` is
  /// sufficient.
  public let place: [String]

  /// The problem, including what was found and what is accepted, without a full stop.
  public let problem: String

  /// The system call that failed, if any.
  public let systemFailure: SystemFailure?

  /// A failed system call: its target, such as a path, and the system's error number (`errno`).
  public struct SystemFailure: Equatable, Sendable {
    /// The path or other target of the call.
    public let target: String
    /// The error number.
    public let code: Int32

    /// Creates a failure, for comparison.
    public init(target: String, code: Int32) {
      self.target = target
      self.code = code
    }
  }

  /// The place and the problem: `place: problem`.
  public var description: String { (place + [problem]).joined(separator: ": ") }

  /// Creates a diagnostic.
  ///
  /// Invisible characters are escaped, so that no input can control the terminal or start a new
  /// line; see ``printableSentence(_:)``.
  public init(_ problem: String) { self.init(place: [], problem: problem) }

  private init(place: [String], problem: String, systemFailure: SystemFailure? = nil) {
    self.place = place
    self.problem = printableSentence(problem)
    self.systemFailure = systemFailure
  }

  /// Creates the diagnostic for a system call that failed with `code`.
  ///
  /// - Parameters:
  ///   - action: The action that failed, such as `write`.
  ///   - target: The target of the action, such as a path.
  package init(cannot action: String, _ target: String, code: Int32 = errno) {
    let reason = code == EISDIR ? "it is a folder, not a file" : String(cString: strerror(code))
    self.init(
      place: [], problem: "cannot \(action) '\(target)': \(reason)",
      systemFailure: SystemFailure(target: target, code: code))
  }

  /// Creates the diagnostic for a Foundation error.
  package init(cannot action: String, _ target: String, because error: any Error) {
    var cause = error as NSError
    while let inner = cause.userInfo[NSUnderlyingErrorKey] as? NSError { cause = inner }
    if cause.domain == NSPOSIXErrorDomain, let code = Int32(exactly: cause.code) {
      self.init(cannot: action, target, code: code)
    } else if action == "read", isFolder(target) {
      // Foundation has no reason for what it cannot read.
      self.init(cannot: action, target, code: EISDIR)
    } else {
      self.init("cannot \(action) '\(target)': \(cause.localizedDescription)")
    }
  }

  /// Creates the diagnostic for a file that is missing, is a folder or may not be read, at its path.
  package init(unreadable path: String) {
    self =
      isFolder(path)
      ? Diagnostic("is a folder, not a file").at(path)
      : Diagnostic("there is no such file, or it may not be read").at(path)
  }

  /// Creates the diagnostic for an unknown name, with the nearest name and a list of all names, or
  /// of the first ones if there are very many.
  public static func unknown(_ kind: String, _ name: String, accepted: [String]) -> Diagnostic {
    var sentence = "unknown \(kind) '\(excerpt(name))'"
    if let nearest = nearestName(to: name, among: accepted) {
      sentence += "; did you mean '\(nearest)'?"
    }
    let shown = accepted.prefix(100).map { excerpt($0) }
    let rest = accepted.count - shown.count
    sentence += accepted.isEmpty ? " (none exist)" : " (known: \(shown.joined(separator: ", "))"
    if !accepted.isEmpty { sentence += rest > 0 ? ", and \(rest) more)" : ")" }
    return Diagnostic(sentence)
  }

  /// Returns the diagnostic with text appended: `sentence; more`.
  public func adding(_ more: String) -> Diagnostic {
    Diagnostic(place: place, problem: "\(problem); \(more)", systemFailure: systemFailure)
  }

  /// Returns the diagnostic with a place prepended.
  public func at(_ outer: String) -> Diagnostic {
    Diagnostic(
      place: [printableSentence(outer)] + place, problem: problem, systemFailure: systemFailure)
  }
}

/// Runs `body` and prepends a place to any diagnostic that it throws.
public func locating<Result>(_ place: @autoclosure () -> String, _ body: () throws -> Result) throws
  -> Result
{
  do { return try body() } catch let error as Diagnostic { throw error.at(place()) }
}

/// Returns the candidate with the smallest edit distance, if it is close enough for a misspelling.
///
/// Names of more than 80 characters and candidates after the first 2,000 are not compared, so that
/// the answer is immediate for any input.
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

/// Returns the name in lower case, or nil if it is too long to be a misspelling.
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
