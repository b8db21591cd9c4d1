import Foundation
import Synchronization

/// A type that starts runs: as child processes, in this process, or on a cluster.
///
/// A sweep queries, stops and kills all its runs in single calls, so a launcher can serve each call
/// with one query to a scheduler.
public protocol RunLauncher: Sendable {
  /// A started run.
  associatedtype Launched

  /// Starts a run whose folder is ready, and returns immediately.
  ///
  /// - Throws: ``RunWasTaken`` if another process has the run; any other error if the run cannot be
  ///   started. ``StartError`` states whether the cause is temporary.
  func start(in directory: RunDirectory) throws -> Launched

  /// Returns how each run ended, in the order of `runs`; nil for runs that are active or whose
  /// state is currently unknown.
  ///
  /// Called several times a second, with at least one run. A run is not queried again after its end
  /// has been returned.
  func ends(of runs: [Launched]) -> [RunEnd?]

  /// Waits until a run may have ended, or until the time is over. By default, it waits the whole
  /// time.
  func wait(atMost limit: Duration)

  /// Asks runs to stop with a checkpoint; runs that have ended are ignored.
  func stop(_ runs: [Launched])

  /// Kills runs immediately, so that they resume from their last checkpoint; runs that have ended
  /// are ignored. Returns whether this launcher can kill runs.
  func kill(_ runs: [Launched]) -> Bool
}

extension RunLauncher {
  /// Waits the whole time.
  public func wait(atMost limit: Duration) { usleep(UInt32(limit / .microseconds(1))) }
}

/// The command that executes a run, with the resources that a launcher needs to know.
public struct RunCommand: Sendable, Equatable {
  /// The path of the program, then its arguments.
  public var arguments: [String]

  /// The number of compute threads of the run.
  public var threads: Int

  /// Creates a command.
  public init(_ arguments: [String], threads: Int = 1) {
    self.arguments = arguments
    self.threads = threads
  }
}

/// A kind of launcher that can be selected for a sweep by its id.
public struct LauncherMethod: Sendable {
  /// The name on command lines.
  public let id: String
  /// A one-sentence description.
  public let summary: String
  /// Creates the launcher; the given function returns the command for a run folder.
  public let create: @Sendable (@escaping @Sendable (RunDirectory) -> RunCommand) -> any RunLauncher
}

/// All launchers in listing order; the first is the default.
public let launcherCatalog: [LauncherMethod] = [.local]

/// The reason why a run could not be started.
public struct StartError: Error, CustomStringConvertible {
  /// The error message.
  public let description: String

  /// Whether starting may succeed a little later: the system is temporarily out of processes,
  /// memory or open files.
  public let isTemporary: Bool

  /// Creates an error.
  public init(_ description: String, isTemporary: Bool = false) {
    self.description = description
    self.isTemporary = isTemporary
  }

  /// Creates the error of a system call that failed with `code`.
  init(cannot action: String, code: Int32) {
    self.init(
      "cannot \(action): \(String(cString: strerror(code)))",
      isTemporary: [EAGAIN, ENOMEM, EMFILE, ENFILE].contains(code))
  }
}

/// Starts runs on threads of this process.
public struct InProcessLauncher: RunLauncher {
  private let executor: any RunExecutor

  /// Creates the launcher.
  public init(executor: any RunExecutor) { self.executor = executor }

  /// Starts a thread; see ``RunLauncher``.
  public func start(in directory: RunDirectory) throws -> ThreadRun {
    ThreadRun(in: directory, executor: executor)
  }

  /// See ``RunLauncher``.
  public func ends(of runs: [ThreadRun]) -> [RunEnd?] { runs.map(\.end) }

  /// See ``RunLauncher``.
  public func stop(_ runs: [ThreadRun]) { for run in runs { run.control.stop.request() } }

  /// Returns false: a thread cannot be killed from outside.
  public func kill(_ runs: [ThreadRun]) -> Bool { false }
}

/// A run on a thread of this process.
public final class ThreadRun: Sendable {
  fileprivate let control = RunControl()
  private let result = Mutex<RunEnd?>(nil)

  fileprivate var end: RunEnd? { result.withLock { $0 } }

  fileprivate init(in directory: RunDirectory, executor: any RunExecutor) {
    let thread = Thread { [self] in
      var end: RunEnd
      do {
        end = try RunAttempt(in: directory, executor: executor, control: control).perform()
      } catch { end = .failed("\(error)") }
      result.withLock { $0 = end }
    }
    thread.stackSize = 8 << 20
    thread.start()
  }
}
