import Configuration
import Experiments
import Foundation

/// The import of a bundle into a store: all runs that the store does not have, or none.
package struct BundleImport {
  /// What an import did.
  package struct Summary: Equatable, Sendable {
    /// The number of runs that were added.
    package let added: Int
    /// The number of runs that the store already had, with the same record.
    package let skipped: Int
  }

  private let bundle: RunBundle
  private let store: RunStore
  private let missing: [String]

  /// Compares a verified bundle with a store; nothing is written.
  ///
  /// - Throws: ``Diagnostic`` if a run has other semantics than this version computes with, or if the
  ///   store has the run with another record or in another state.
  package init(of bundle: RunBundle, into store: RunStore) throws {
    (self.bundle, self.store) = (bundle, store)
    missing = try bundle.runs.sorted { $0.key < $1.key }.compactMap { id, run in
      try run.outcome.configuration.checkSemanticsAreCurrent(
        of: "the run \(id) ",
        orElse: ", so no plan would use it: to rebuild the table alone, give --results without "
          + "--store")
      return try locating(store.directory(id).path) {
        try Self.isMissing(run, id: id, in: store) ? id : nil
      }
    }
  }

  private static func isMissing(_ run: RunBundle.Run, id: String, in store: RunStore) throws -> Bool
  {
    let found: RunOutcome?
    do { found = try store.outcome(id) } catch let error as Diagnostic {
      throw Diagnostic("is damaged (\(error.problem)): remove it or import into another store")
    }
    if let found {
      // A run that goes on after a pause has the same bits up to there.
      guard found != run.outcome, run.outcome.pause == nil else { return false }
      throw Diagnostic(
        "already holds the run with \(run.outcome.difference(from: found)): import into another "
          + "store")
    }
    let state = store.state(id)
    if state == .incomplete, let pause = run.outcome.pause,
      try store.directory(id).pause() == pause
    {
      return false
    }
    guard state == .absent else {
      throw Diagnostic(
        "already holds the run, which is \(state.rawValue): let it finish, remove it with 'aesm2 "
          + "runs prune', or import into another store")
    }
    guard fileStatus(store.directory(id).path, followingLinks: false) == nil else {
      throw Diagnostic("is in the way: it is not the folder of a run")
    }
    return true
  }

  /// Adds the runs that the store does not have.
  ///
  /// All of them are first written into a hidden folder, which the next writer removes if this
  /// process is killed; then each takes its name at once. An import that is killed between two names
  /// leaves whole runs, and is completed by repeating it.
  ///
  /// - Throws: ``Diagnostic`` if a file cannot be written; no run is then added.
  package func perform() throws -> Summary {
    let summary = Summary(added: missing.count, skipped: bundle.runCount - missing.count)
    guard !missing.isEmpty else { return summary }
    let staging = try PartialFolder(for: "\(store.path)/import")
    for id in missing { try bundle.write(id, to: "\(staging.path)/\(id)") }
    for id in missing {
      let path = store.directory(id).path
      guard rename("\(staging.path)/\(id)", path) == 0 else {
        throw Diagnostic(cannot: "write", path)
      }
    }
    return summary
  }
}

extension RunOutcome {
  /// What distinguishes an outcome from another of the same run, in words.
  fileprivate func difference(from other: RunOutcome) -> String {
    guard let record, let otherRecord = other.record else {
      return record == nil ? "another failure or as done" : "a failure instead of a record"
    }
    if record.test != otherRecord.test || record.validation != otherRecord.validation {
      return "other metrics"
    }
    var same = otherRecord
    // Records of earlier versions lack the work and the realized ceilings.
    (same.timing, same.provenance) = (record.timing, record.provenance)
    (same.work, same.ceilings) = (record.work, record.ceilings)
    return same == record ? "other times or another machine" : "another course"
  }
}
