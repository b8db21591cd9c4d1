import Configuration
import Ranking
import Synchronization
import Training

/// Bounds on the trials of a search, checked before a run begins, from its configuration alone.
///
/// A strategy that draws trials draws again if one violates a constraint; a trial that is given, such
/// as a grid point or the defaults, is excluded: it is not run and has no score, and the table says
/// so.
public struct SearchConstraints: Sendable, Equatable {
  /// The largest number of trained parameters; nil for any.
  public var parameters: Int?
  /// The largest ``/Training/MemoryEstimate`` in bytes; nil for any.
  public var memory: Int?

  /// Creates constraints that admit everything.
  public init() {}

  /// Whether everything is admitted.
  package var isEmpty: Bool { parameters == nil && memory == nil }

  /// The constraints in words for table notes.
  public var words: String {
    [
      parameters.map { "at most \($0) parameters" },
      memory.map { "at most \(byteText($0)) of memory" },
    ].compactMap { $0 }.joined(separator: ", ")
  }

  /// Returns the first violated constraint in words; nil if there is none.
  ///
  /// Settings with which the model cannot be built violate none: their runs are refused with the
  /// model's own message.
  func violation(by trial: Trial, of entry: CatalogEntry, on problem: Problem) -> String? {
    if memory == nil, let parameters {
      guard let sizes = try? entry.parameterSizes(trial.settings, for: problem) else { return nil }
      let count = sizes.reduce(0) { $0 + $1.count }
      guard count > parameters else { return nil }
      return "has \(count) parameters, more than \(parameters)"
    }
    guard let options = try? TrainingOptions(overriding: trial.training),
      let estimate = try? MemoryEstimate(entry, trial.settings, options, for: problem)
    else { return nil }
    if let parameters, estimate.parameterCount > parameters {
      return "has \(estimate.parameterCount) parameters, more than \(parameters)"
    }
    if let memory, estimate.byteCount > memory {
      return "needs about \(byteText(estimate.byteCount)) of memory, more than \(byteText(memory))"
    }
    return nil
  }
}

extension ExperimentRow {
  /// Returns the check of trials against the constraints of the search; every trial is checked once.
  func admission(_ entry: CatalogEntry, on problem: Problem) -> @Sendable (Trial) -> String? {
    let constraints = search.constraints
    guard !constraints.isEmpty else { return { _ in nil } }
    let known = KnownViolations()
    return { trial in
      known.violation(of: trial) { constraints.violation(by: trial, of: entry, on: problem) }
    }
  }
}

/// The violations of trials that were checked before.
private final class KnownViolations: Sendable {
  private let known = Mutex<[String: String?]>([:])

  func violation(of trial: Trial, check: () -> String?) -> String? {
    let key = ConfigurationValue.list([.object(trial.settings), .object(trial.training)])
      .canonicalJSON
    if let found = known.withLock({ $0[key] }) { return found }
    let found = check()
    known.withLock { $0[key] = .some(found) }
    return found
  }
}
