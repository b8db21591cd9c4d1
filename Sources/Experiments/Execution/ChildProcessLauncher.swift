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

/// The cause of an abnormal exit, according to the output of the process.
struct ProcessLog {
  private static let beginSize = 1 << 18
  private static let endSize = 2000
  private static let lineLimit = 300

  private let begin: [Substring]
  private let end: [Substring]

  /// Reads the beginning and the end of a file; an unreadable file counts as empty.
  init(contentsOf path: String) {
    guard let file = FileHandle(forReadingAtPath: path) else {
      begin = []
      end = []
      return
    }
    defer { try? file.close() }
    func lines(_ count: Int) -> [Substring] {
      let data = (try? file.read(upToCount: count)) ?? nil
      return String(decoding: data ?? Data(), as: UTF8.self).split(whereSeparator: \.isNewline)
    }
    begin = lines(Self.beginSize)
    let size = (try? file.seekToEnd()) ?? 0
    try? file.seek(toOffset: size - min(size, UInt64(Self.endSize)))
    end = lines(Self.endSize)
  }

  /// The cause of a crash: the message of a fatal error; failing that, the trace's description of
  /// the crash and its innermost frame; failing that, the last lines.
  var causeOfCrash: String {
    if let fatal = begin.first(where: { $0.lowercased().contains("fatal error:") }) {
      return Self.short(fatal)
    }
    guard let crash = begin.firstIndex(where: { $0.contains("Program crashed:") }) else {
      return lastLines
    }
    let trace = begin[crash...]
    let thread = trace.firstIndex { $0.hasPrefix("Thread ") && $0.hasSuffix("crashed:") }
    let frame = thread.flatMap { trace[$0...].dropFirst().first { $0.contains(" in ") } }
    return [trace[crash], frame].compactMap { $0.map(Self.short) }.joined(separator: " | ")
  }

  /// The last lines, at most eight.
  var lastLines: String { end.suffix(8).map(Self.short).joined(separator: " | ") }

  /// The last line; empty if there is none.
  var lastLine: String { end.last.map(Self.short) ?? "" }

  private static func short(_ line: Substring) -> String {
    let line = line.trimmingCharacters(in: .whitespaces)
    return line.count > lineLimit ? line.prefix(lineLimit) + "…" : line
  }
}
