import Foundation

/// Why something cannot be done, in a sentence: where, what was found, and what is accepted.
///
/// The sentence begins with the place, from the outermost to the innermost, such as
/// `experiments/table.yaml:12: rows[2].model: unknown model 'mmeo'; did you mean 'mmoe'? (known: mmoe, ple)`.
public struct Diagnostic: Error, CustomStringConvertible, Equatable {
  /// The file, line, key or row that it is about, from the outermost to the innermost; empty where
  /// ``problem`` says it all.
  public let place: [String]

  /// What was found there and what is accepted, without a full stop.
  public let problem: String

  /// The system call that failed, where one did.
  public let systemFailure: SystemFailure?

  /// A system call that failed: what it was for, such as a path, and the system's error number (`errno`).
  public struct SystemFailure: Equatable, Sendable {
    /// The path or other thing that the call was for.
    public let target: String
    /// The error number.
    public let code: Int32

    /// Creates a failure to compare with.
    public init(target: String, code: Int32) {
      self.target = target
      self.code = code
    }
  }

  /// The place and the problem: `place: problem`.
  public var description: String { (place + [problem]).joined(separator: ": ") }

  /// Creates a diagnostic.
  ///
  /// Characters that do not show are escaped, so that no input can steer the terminal or begin a line;
  /// see ``printableSentence(_:)``.
  public init(_ problem: String) { self.init(place: [], problem: problem) }

  private init(place: [String], problem: String, systemFailure: SystemFailure? = nil) {
    self.place = place
    self.problem = printableSentence(problem)
    self.systemFailure = systemFailure
  }

  /// Creates the diagnostic of a system call that failed with `code`.
  ///
  /// - Parameters:
  ///   - action: What could not be done, such as `write`.
  ///   - target: What it was to be done to, such as a path.
  package init(cannot action: String, _ target: String, code: Int32 = errno) {
    self.init(
      place: [], problem: "cannot \(action) '\(target)': \(String(cString: strerror(code)))",
      systemFailure: SystemFailure(target: target, code: code))
  }

  /// Creates the diagnostic of an error of Foundation.
  package init(cannot action: String, _ target: String, because error: any Error) {
    var cause = error as NSError
    while let inner = cause.userInfo[NSUnderlyingErrorKey] as? NSError { cause = inner }
    if cause.domain == NSPOSIXErrorDomain, let code = Int32(exactly: cause.code) {
      self.init(cannot: action, target, code: code)
    } else {
      self.init("cannot \(action) '\(target)': \(cause.localizedDescription)")
    }
  }

  /// Creates the diagnostic for a name that is not known: gives the nearest one and lists all, or the
  /// first of very many.
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

  /// Returns the diagnostic with more to say at its end: `sentence; more`.
  public func adding(_ more: String) -> Diagnostic {
    Diagnostic(place: place, problem: "\(problem); \(more)", systemFailure: systemFailure)
  }

  /// Returns the diagnostic with a place put in front.
  public func at(_ outer: String) -> Diagnostic {
    Diagnostic(
      place: [printableSentence(outer)] + place, problem: problem, systemFailure: systemFailure)
  }
}

/// Runs `body`, and puts a place in front of a diagnostic that it throws.
public func locating<Result>(_ place: @autoclosure () -> String, _ body: () throws -> Result) throws
  -> Result
{
  do { return try body() } catch let error as Diagnostic { throw error.at(place()) }
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
