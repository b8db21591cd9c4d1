import Configuration
import Foundation
import Synchronization

/// Writes the commands that execute runs, one per line, for other programs to start: GNU parallel, a
/// scheduler without a launcher of its own, or a person.
///
/// Nothing is started. A command writes the result into the store and may be started anywhere that
/// has the same paths, any number of times: a run that is done or that another process has is left
/// alone, and one that was interrupted goes on from its checkpoint.
public final class CommandListLauncher: RunLauncher {
  /// A run whose command was written.
  public struct Launched: Sendable {}

  private let setting: LauncherSetting

  /// Creates a launcher for one sweep.
  public init(_ setting: LauncherSetting) { self.setting = setting }

  /// True: the commands of all missing runs are written at once.
  public var hasQueue: Bool { true }

  /// See ``RunLauncher``.
  public func description(of launched: Launched) -> String { "command written" }

  /// Writes the commands of runs; see ``RunLauncher``.
  public func start(_ runs: [RunDirectory]) -> [RunStart<Launched>] {
    let lines = runs.map {
      setting.program.run($0).arguments.map(shellQuoted).joined(separator: " ")
    }
    do {
      let text = ([header(runs.count)] + lines).joined(separator: "\n") + "\n"
      try AtomicFile.write(setting.commandsPath, bytes: text.utf8)
      return runs.map { _ in .started(Launched()) }
    } catch { return runs.map { _ in .refused(StartError("\(error)")) } }
  }

  private func header(_ count: Int) -> String {
    "# \(counted(count, "run")) of the experiment '\(setting.experiment)', a command per line; parallel "
      + "-j4 < FILE executes four at a time. Then sweep again: it collects the results, and lists what is "
      + "still missing."
  }

  /// Returns nil for every run: the ends are seen in the store by the next sweep.
  public func ends(of runs: [Launched]) -> [RunEnd?] { runs.map { _ in nil } }

  /// Does nothing.
  public func stop(_ runs: [Launched]) {}

  /// Returns false: the runs are not started by this launcher.
  public func kill(_ runs: [Launched]) -> Bool { false }
}

extension LauncherMethod {
  /// A list of commands.
  public static let commands = LauncherMethod(
    id: "commands",
    summary: "The command of every missing run is written, for GNU parallel and the like.",
    isDetached: true
  ) { CommandListLauncher($0) }
}
