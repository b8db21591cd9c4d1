import Foundation

/// The runs that a sweep has started and that have not ended.
struct ActiveRuns<Launcher: RunLauncher> {
  private typealias Entry = (
    run: Plan.Run, launched: Launcher.Launched, begin: ContinuousClock.Instant
  )

  private let launcher: Launcher
  private var entries: [Entry] = []
  private var ids: Set<String> = []

  init(launcher: Launcher) { self.launcher = launcher }

  var isEmpty: Bool { entries.isEmpty }
  var count: Int { entries.count }
  var runs: [Plan.Run] { entries.map(\.run) }

  /// Whether the launcher has a queue of its own; see ``RunLauncher/hasQueue``.
  var haveQueue: Bool { launcher.hasQueue }

  func contains(_ id: String) -> Bool { ids.contains(id) }

  /// Starts runs whose folders are ready; returns for each what was done about it in words, nil if
  /// it was postponed, or another process has it.
  mutating func start(_ runs: [(run: Plan.Run, directory: RunDirectory)]) -> [Result<
    String, StartError
  >?] {
    let starts = launcher.start(runs.map(\.directory))
    precondition(starts.count == runs.count, "a launcher answers for every run it is to start")
    return zip(runs, starts).map { run, start in
      switch start {
      case .started(let launched): .success(add(run.run, launched))
      case .postponed, .held: nil
      case .refused(let error): .failure(error)
      }
    }
  }

  /// Adds those of some runs that an earlier sweep started; returns what was done about each.
  mutating func attach(to runs: [Plan.Run], in store: RunStore) throws -> [(
    run: Plan.Run, words: String
  )] {
    if runs.isEmpty { return [] }
    let found = try launcher.attach(to: runs.map { store.directory($0.id) })
    precondition(found.count == runs.count, "a launcher answers for every run it is asked about")
    return zip(runs, found).compactMap { run, launched in
      launched.map { (run, add(run, $0)) }
    }
  }

  private mutating func add(_ run: Plan.Run, _ launched: Launcher.Launched) -> String {
    entries.append((run, launched, .now))
    ids.insert(run.id)
    return launcher.description(of: launched)
  }

  /// Queries the launcher once for all runs, and removes those that have ended.
  mutating func removeEnded() -> [(run: Plan.Run, end: RunEnd, seconds: Double)] {
    if entries.isEmpty { return [] }
    let ends = launcher.ends(of: entries.map(\.launched))
    precondition(ends.count == entries.count, "a launcher answers for every run it is asked about")
    let ended = zip(entries, ends).compactMap { entry, end in
      end.map { (entry.run, $0, (.now - entry.begin) / .seconds(1)) }
    }
    entries = zip(entries, ends).filter { $1 == nil }.map { $0.0 }
    ids.subtract(ended.map { $0.0.id })
    return ended
  }

  /// Waits until a run may have ended, or until the time is over.
  func wait(atMost limit: Duration) { launcher.wait(atMost: limit) }

  /// Asks all runs, or one of them, to stop with a checkpoint.
  func stop(_ id: String? = nil) { launcher.stop(launched(id)) }

  /// Kills all runs, or one of them; returns whether the launcher can.
  func kill(_ id: String? = nil) -> Bool { launcher.kill(launched(id)) }

  private func launched(_ id: String?) -> [Launcher.Launched] {
    entries.filter { id == nil || $0.run.id == id }.map(\.launched)
  }
}
