import Foundation
import Ranking

/// Starts every run as a process of its own: a crash of one takes no other with it.
///
/// The command must execute the run whose folder it is given (``RunAttempt``), end with the
/// ``RunEnd/exitStatus``, stop with a checkpoint on SIGINT, and stop when its parent is gone
/// (``StopSignal/requestWhenOrphaned(from:)``). Its output goes to the run's `log.txt`.
public struct ChildProcessLauncher: RunLauncher {
  private let command: @Sendable (RunDirectory) -> [String]

  /// Creates the launcher.
  ///
  /// - Parameter command: Returns the command line for a run: the path of the program, then its
  ///   arguments.
  public init(command: @escaping @Sendable (RunDirectory) -> [String]) { self.command = command }

  /// Starts a process; see ``RunLauncher``.
  public func start(in directory: RunDirectory) throws -> any LaunchedRun {
    let command = command(directory)
    guard let program = command.first else {
      throw ConfigurationError("there is no command to start a run with")
    }
    let descriptor = open(directory.logPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw systemError("cannot write \(directory.logPath)") }
    let log = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = Array(command.dropFirst())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = log
    process.standardError = log
    do { try process.run() } catch {
      throw ConfigurationError("cannot start \(program): \(error.localizedDescription)")
    }
    return ChildRun(process: process, directory: directory)
  }

  private final class ChildRun: LaunchedRun {
    private let process: Process
    private let directory: RunDirectory

    init(process: Process, directory: RunDirectory) {
      self.process = process
      self.directory = directory
    }

    func stop() { if process.isRunning { process.interrupt() } }

    func end() -> RunEnd? {
      guard !process.isRunning else { return nil }
      let status = process.terminationStatus
      if process.terminationReason == .uncaughtSignal {
        // Crashes are failures; signals that come from outside are not.
        let isCrash = [SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGFPE, SIGTRAP, SIGSYS].contains(status)
        return isCrash
          ? .failed("the process crashed (signal \(status))\(logTail)")
          : .killed(signal: status)
      }
      switch status {
      case RunEnd.finished.exitStatus where directory.state == .done: return .finished
      case RunEnd.stopped.exitStatus: return .stopped
      case RunEnd.heldElsewhere.exitStatus: return .heldElsewhere
      default:
        if let failure = try? directory.outcome()?.failure { return .failed(failure.message) }
        return .failed("the process ended with status \(status) and no record\(logTail)")
      }
    }

    /// The end of what the process wrote, for messages.
    private var logTail: String {
      guard let data = FileManager.default.contents(atPath: directory.logPath) else { return "" }
      let lines = String(decoding: data.suffix(2000), as: UTF8.self)
        .split(whereSeparator: \.isNewline).suffix(8)
      return lines.isEmpty ? "" : ": " + lines.joined(separator: " | ")
    }
  }
}
