import Foundation

/// Starts every run in its own process, so that a crash affects only that run.
///
/// The command must execute the run in the given folder (``RunAttempt``), exit with the
/// ``RunEnd/exitStatus``, stop with a checkpoint on SIGINT, and stop when its parent is gone
/// (`StopSignal.requestWhenOrphaned`). Its output goes to the run's `log.txt`.
///
/// The lock of a run is taken before its process is started, which inherits it: of several sweeps,
/// one starts a process.
public struct ChildProcessLauncher: RunLauncher {
  private let command: @Sendable (RunDirectory) -> RunCommand
  private let anEnd = DispatchSemaphore(value: 0)

  /// Creates the launcher.
  ///
  /// - Parameter command: Returns the command of a run.
  public init(command: @escaping @Sendable (RunDirectory) -> RunCommand) { self.command = command }

  /// Starts processes; see ``RunLauncher``.
  public func start(_ runs: [RunDirectory]) -> [RunStart<ChildRun>] {
    runs.map { directory in RunStart { try start(directory) } }
  }

  private func start(_ directory: RunDirectory) throws -> ChildRun {
    // Another sweep may have finished the run since this one last looked.
    guard let lock = try directory.take(), directory.state != .done else { throw RunWasTaken() }
    let process = try withExtendedLifetime(lock) {
      try ChildProcess(
        command(directory).arguments, output: directory.logPath, holding: lock
      ) { [anEnd] in anEnd.signal() }
    }
    return ChildRun(process: process, directory: directory)
  }

  /// Waits until a process ends.
  public func wait(atMost limit: Duration) {
    _ = anEnd.wait(timeout: .now() + .microseconds(Int(limit / .microseconds(1))))
  }

  /// See ``RunLauncher``.
  public func ends(of runs: [ChildRun]) -> [RunEnd?] { runs.map { $0.end() } }

  /// See ``RunLauncher``.
  public func stop(_ runs: [ChildRun]) { for run in runs { run.process.send(SIGINT) } }

  /// See ``RunLauncher``.
  public func kill(_ runs: [ChildRun]) -> Bool {
    for run in runs { run.process.send(SIGKILL) }
    return true
  }
}

/// A run in its own process.
public final class ChildRun {
  fileprivate let process: ChildProcess
  private let directory: RunDirectory

  fileprivate init(process: ChildProcess, directory: RunDirectory) {
    self.process = process
    self.directory = directory
  }

  /// How the run ended, or nil while it is running.
  fileprivate func end() -> RunEnd? {
    switch process.ended() {
    case nil: nil
    case .killed(let signal): end(signal: signal)
    case .exited(let status): end(status: status)
    }
  }

  /// Crashes are failures; signals sent from outside are not.
  private func end(signal: Int32) -> RunEnd {
    guard let name = Self.crashes.first(where: { $0.signal == signal })?.name else {
      return .killed(signal: signal)
    }
    let cause = ProcessLog(contentsOf: directory.logPath).causeOfCrash
    return .failed("the process crashed (signal \(signal), \(name))" + Self.appended(cause))
  }

  private func end(status: Int32) -> RunEnd {
    switch status {
    case RunEnd.finished.exitStatus where directory.state == .done: return .finished
    case RunEnd.paused.exitStatus: return .paused
    case RunEnd.heldElsewhere.exitStatus: return .heldElsewhere
    case _ where StopSignal.exitStatuses.contains(status): return .stopped
    default:
      if let failure = try? directory.outcome()?.failure { return .failed(failure.message) }
      let words = ProcessLog(contentsOf: directory.logPath).lastLines
      return .failed(
        "the process ended with status \(status) and no record" + Self.appended(words))
    }
  }

  private static let crashes: [(signal: Int32, name: String)] = [
    (SIGSEGV, "SIGSEGV"), (SIGBUS, "SIGBUS"), (SIGILL, "SIGILL"),
    (SIGABRT, "SIGABRT"), (SIGFPE, "SIGFPE"), (SIGTRAP, "SIGTRAP"), (SIGSYS, "SIGSYS"),
  ]

  private static func appended(_ words: String) -> String { words.isEmpty ? "" : ": " + words }
}

extension LauncherMethod {
  /// Processes on this machine.
  public static let local = LauncherMethod(
    id: "local", summary: "Every run is a process on this machine."
  ) { setting in
    let parent = ProcessInfo.processInfo.processIdentifier
    return ChildProcessLauncher { setting.program.run($0, stoppingWith: parent) }
  }
}
