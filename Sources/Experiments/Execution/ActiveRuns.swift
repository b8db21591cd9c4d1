import Foundation

/// The runs that a sweep has started and that have not ended.
struct ActiveRuns<Launcher: RunLauncher> {
  private typealias Entry = (
    run: Plan.Run, launched: Launcher.Launched, begin: ContinuousClock.Instant
  )

  private let launcher: Launcher
  private var entries: [Entry] = []

  init(launcher: Launcher) { self.launcher = launcher }

  var isEmpty: Bool { entries.isEmpty }
  var count: Int { entries.count }
  var runs: [Plan.Run] { entries.map(\.run) }

  func contains(_ id: String) -> Bool { entries.contains { $0.run.id == id } }

  /// Starts a run whose folder is ready.
  mutating func start(_ run: Plan.Run, in directory: RunDirectory) throws {
    entries.append((run, try launcher.start(in: directory), .now))
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
