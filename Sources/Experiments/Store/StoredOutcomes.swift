import TensorCore

/// The outcomes of the runs of a store, reading every file once and several concurrently.
///
/// An unusable file does not affect the others: its run counts as ``RunStore/State/damaged``, and
/// ``problems`` gives the reason.
public final class StoredOutcomes {
  private enum Entry {
    case ended(StoredOutcome)
    case open
    case damaged(String)
  }

  private let store: RunStore
  private var entries: [String: Entry] = [:]
  private var pauses: [String: RunPause?] = [:]
  private var damagedIDs: [String] = []

  /// Creates the outcomes of a store; nothing is read yet.
  public init(in store: RunStore) { self.store = store }

  /// One sentence for every unusable file, in the order in which they were encountered.
  public var problems: [String] {
    damagedIDs.compactMap { id in
      if case .damaged(let sentence)? = entries[id] { sentence } else { nil }
    }
  }

  /// Returns how a run ended; nil if it has not, or if its file is damaged.
  public func outcome(_ id: String) -> RunOutcome? { stored(id)?.outcome }

  /// Returns how a run ended, with the text of its file.
  func stored(_ id: String) -> StoredOutcome? {
    if entries[id] == nil { read([(id, nil)]) }
    if case .ended(let stored)? = entries[id] { return stored }
    return nil
  }

  /// Returns the state of a run.
  public func state(_ id: String) -> RunStore.State {
    if entries[id] == nil { read([(id, nil)]) }
    switch entries[id] {
    case .damaged: return .damaged
    case .ended(let stored): return stored.outcome.record == nil ? .failed : .done
    default: return store.state(id)
    }
  }

  /// Returns the state of a run of a plan, which may have pruned or excluded it.
  public func state(of run: Plan.Run) throws -> RunStore.State {
    switch try settled(run) {
    case .pruned: .pruned
    case .excluded: .excluded
    default: state(run.id)
    }
  }

  /// Returns how a run of a plan ended, according to its extent.
  func settled(_ run: Plan.Run) throws -> RunOutcome? {
    try RunResults(outcome: outcome, pause: pause).settled(run)
  }

  /// Returns the result of a run that has paused; nil if it never has, or if the file is damaged.
  private func pause(_ id: String) -> RunPause? {
    if let known = pauses[id] { return known }
    var found: RunPause?
    do { found = try store.directory(id).pause() } catch {
      entries[id] = .damaged("\(error)")
      damagedIDs.append(id)
    }
    pauses[id] = .some(found)
    return found
  }

  /// Returns the runs of a plan that can be named now; see ``Plan/runs(outcome:pause:)``.
  public func runs(of plan: Plan) throws -> [Plan.Run] {
    read(try plan.runs { _ in nil }.map { ($0.id, $0) })
    let runs = try plan.runs(outcome: outcome, pause: pause)
    read(runs.map { ($0.id, $0) })
    return runs
  }

  /// Reads the files of runs that have not been read yet.
  private func read(_ runs: [(id: String, run: Plan.Run?)]) {
    var seen: Set<String> = []
    let missing = runs.filter { entries[$0.id] == nil && seen.insert($0.id).inserted }
    let found = concurrentMap(missing) { Self.entry($0.id, $0.run, in: store) }
    for ((id, _), entry) in zip(missing, found) {
      entries[id] = entry
      if case .damaged = entry { damagedIDs.append(id) }
    }
  }

  private static func entry(_ id: String, _ run: Plan.Run?, in store: RunStore) -> Entry {
    do {
      return try store.directory(id).stored(id: id, run: run).map { .ended($0) } ?? .open
    } catch { return .damaged("\(error)") }
  }
}

/// The outcome of a run, with the file that records it.
public struct StoredOutcome: Sendable {
  /// The outcome.
  public let outcome: RunOutcome
  /// The name of the run.
  public let id: String
  /// The text of the file as one line of JSON.
  public let text: String
}
