import Configuration
import Foundation

/// The runs of a store that are no longer wanted, and their removal.
///
/// Only folders that are named by the id of their run are considered, so a folder that someone
/// named himself is never removed. A run is removed while its lock is held, so no process can be
/// executing it; a damaged one is kept, because what it was cannot be told. A run that has paused
/// does not count as incomplete, since an experiment may have pruned it. While the search of an
/// experiment to be kept is not over, its later runs cannot be told from others, so all runs on its
/// data set are kept.
package struct Pruning: Sendable {
  /// Why a run is removed.
  package enum Reason: Hashable, Sendable {
    /// It failed.
    case failed
    /// It was stopped or killed before its end.
    case incomplete
    /// Its semantics are not those of this version, so no plan uses it.
    case otherSemantics
    /// It is in none of the given experiments.
    case unplanned
  }

  /// A run to be removed.
  package struct Entry: Sendable {
    /// The run.
    package let run: StoredRun
    /// Why it is removed.
    package let reason: Reason
    /// The space that its files take on disk, in bytes.
    package let byteCount: Int
  }

  /// The runs to be removed.
  package let entries: [Entry]
  /// The number of runs that are kept although a reason holds, since a process executes them.
  package let heldCount: Int
  /// The data sets of which no run counts as unplanned, since the search of an experiment is not
  /// over.
  package let openDatasets: [String]

  /// Finds the runs to be removed; changes nothing.
  ///
  /// - Parameters:
  ///   - runs: The runs of a store.
  ///   - reasons: The reasons that suffice.
  ///   - plans: The experiments to be kept, each as a function of the data's fingerprint, for
  ///     ``Reason/unplanned``.
  ///   - isConsidered: Whether a run may be removed at all.
  /// - Throws: ``Diagnostic`` if a plan cannot be derived.
  package init(
    of runs: RunCollection, for reasons: Set<Reason>, keeping plans: [(String) throws -> Plan],
    where isConsidered: (StoredRun) -> Bool
  ) throws {
    var planned: Set<String> = []
    var open: Set<String> = []
    for plan in plans {
      let found = try ExperimentRuns(of: plan, among: runs)
      planned.formUnion(found.places.keys)
      open.formUnion(found.openDatasets)
    }
    planned.formUnion(runs.runs.filter { open.contains($0.configuration.dataset) }.map(\.id))
    var entries: [Entry] = []
    var heldCount = 0
    for run in runs.runs where isConsidered(run) {
      guard let directory = run.directory, run.state != .damaged,
        directory.path.hasSuffix("/\(run.id)"),
        let reason = Self.reason(to: run, among: reasons, planned: planned)
      else { continue }
      if directory.isHeld {
        heldCount += 1
      } else {
        entries.append(Entry(run: run, reason: reason, byteCount: directory.byteCount))
      }
    }
    (self.entries, self.heldCount, openDatasets) = (entries, heldCount, open.sorted())
  }

  private static func reason(to run: StoredRun, among reasons: Set<Reason>, planned: Set<String>)
    -> Reason?
  {
    var found: [Reason] = []
    if run.configuration.semantics != RunConfiguration.currentSemantics {
      found.append(.otherSemantics)
    }
    if run.state == .failed { found.append(.failed) }
    let hasPaused = run.file(\.pausePath) != nil
    if run.state == .incomplete || run.state == .running, !hasPaused { found.append(.incomplete) }
    if !planned.contains(run.id) { found.append(.unplanned) }
    return found.first { reasons.contains($0) }
  }

  /// Removes the runs.
  ///
  /// - Returns: Those that were not removed, since in the meantime a process executes them or they
  ///   are in another state.
  /// - Throws: ``Diagnostic`` if a folder cannot be removed; the runs after it are then kept.
  package func remove() throws -> [StoredRun] {
    try entries.compactMap { entry in
      guard let directory = entry.run.directory else { return nil }
      guard let lock = try directory.take() else { return entry.run }
      return try withExtendedLifetime(lock) {
        guard directory.stateWhileHeld == entry.run.state else { return entry.run }
        try removeFolder(directory.path)
        return nil
      }
    }
  }
}

extension RunDirectory {
  /// Whether a process is executing the run.
  fileprivate var isHeld: Bool { FileLock.isHeld("\(path)/lock") }

  /// The state of a run whose lock this process holds.
  fileprivate var stateWhileHeld: RunStore.State {
    if access(recordPath, F_OK) == 0 { return .done }
    return access(failurePath, F_OK) == 0 ? .failed : .incomplete
  }

  /// The names of the files in the folder, sorted, with their sizes in bytes.
  package var files: [(name: String, byteCount: Int)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
    return names.compactMap { name in
      fileStatus("\(path)/\(name)", followingLinks: false).map { (name, Int($0.st_size)) }
    }
  }

  /// The space that the files take on disk, in bytes.
  fileprivate var byteCount: Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return (["."] + names).reduce(0) { sum, name in
      // Blocks are of 512 bytes on all systems, whatever the file system's own are.
      sum + 512 * Int(fileStatus("\(path)/\(name)", followingLinks: false)?.st_blocks ?? 0)
    }
  }
}
