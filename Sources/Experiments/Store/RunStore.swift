import Configuration
import Foundation

/// The runs on disk: one folder per run, named by the digest of its configuration.
///
/// The state of a run is determined by its folder:
///
/// | state | folder |
/// | --- | --- |
/// | absent | does not exist |
/// | running | `lock` is held by a live process, which touches it every second |
/// | done | has `record.json`, which is written last |
/// | failed | has `failure.json` |
/// | incomplete | none of these: the run was stopped, and resumes from its checkpoint |
/// | damaged | has an unusable `record.json` or `failure.json` |
///
/// A run that paused at a rung is incomplete. Whether it is pruned is not stored: only a plan knows,
/// as well as which trials are excluded.
///
/// Files are written atomically. The system frees the lock of a process that dies, so no cleanup is
/// needed.
public struct RunStore: Sendable {
  /// The state of a run.
  public enum State: String, Sendable, CaseIterable {
    /// The folder does not exist.
    case absent
    /// The run was stopped or killed; it resumes from its checkpoint.
    case incomplete
    /// A live process holds the lock.
    case running
    /// The folder has a record.
    case done
    /// The folder has a failure, and the run is retried only on request.
    case failed
    /// The record cannot be read, or belongs to another run.
    case damaged
    /// The run is a trial that a scheduler pruned.
    case pruned
    /// The run is a trial that a constraint of the search excludes.
    case excluded

    /// Whether nothing is left to do for the run.
    public var isSettled: Bool { self == .done || self == .pruned || self == .excluded }
  }

  /// The path of the folder that holds the runs.
  public let path: String

  /// Creates the store in a folder, which is created together with the first run.
  public init(at path: String) { self.path = path }

  /// Returns the folder of a run.
  public func directory(_ id: String) -> RunDirectory { RunDirectory(path: "\(path)/\(id)") }

  /// Returns the state of a run according to the names of its files; ``StoredOutcomes``, which
  /// reads the files, also detects damage.
  public func state(_ id: String) -> State { directory(id).state }

  /// Returns how a run ended, or nil if it has not.
  ///
  /// - Throws: ``Diagnostic`` if its file cannot be read, is damaged, or belongs to another run
  ///   than the folder.
  public func outcome(_ id: String) throws -> RunOutcome? {
    try directory(id).stored(id: id)?.outcome
  }

  /// Creates the folder of a run, if it does not exist.
  ///
  /// - Throws: ``Diagnostic`` if it cannot be created, or if a folder of that name holds
  ///   another configuration.
  public func prepare(_ configuration: RunConfiguration) throws -> RunDirectory {
    let directory = directory(configuration.id)
    try directory.prepare(configuration)
    return directory
  }

  /// Creates the folder of a planned run, if it does not exist, with the epoch after which it is to
  /// pause, and the predictions to evaluate if they are external.
  func prepare(_ run: Plan.Run) throws -> RunDirectory {
    let directory = try prepare(run.configuration)
    try directory.setTarget(run.extent.target)
    if let predictions = run.predictions {
      try ExternalPredictions(folder: predictions).copy(to: directory.predictionsPath)
    }
    return directory
  }

  /// Checks that the file system of the store prevents two processes from executing the same run.
  ///
  /// - Throws: ``Diagnostic`` with advice.
  func checkThatItLocks() throws {
    let folder = try PartialFolder(for: "\(path)/probe")
    _ = try withExtendedLifetime(folder) { try FileLock.take("\(folder.path)/lock") }
  }
}

extension RunStore {
  /// Returns a sentence on the runs of earlier semantics that the store holds; nil if there are
  /// none.
  ///
  /// Current plans do not contain these runs, which are neither used nor changed. They are counted
  /// by searching the text of their configurations, which is canonical JSON, so a store of many
  /// runs is scanned quickly.
  public func noteOnEarlierRuns() -> String? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let own = Data("\"semantics\":\(RunConfiguration.currentSemantics),".utf8)
    let count = names.count { name in
      guard !name.hasPrefix("."),
        let text = FileManager.default.contents(atPath: directory(name).configurationPath)
      else { return false }
      return text.range(of: Data("\"semantics\":".utf8)) != nil && text.range(of: own) == nil
    }
    guard count > 0 else { return nil }
    return "\(path) also holds \(count) \(count == 1 ? "run" : "runs") of other semantics than "
      + "\(RunConfiguration.currentSemantics), which this version computes with: their results "
      + "differ, so they are kept, but not used for this experiment"
  }
}
