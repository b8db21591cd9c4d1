import Foundation
import Synchronization

/// What starts runs: as child processes here, in this process, or on a cluster.
///
/// A sweep asks for the state of all its runs in one call, and likewise stops and kills them, so a
/// launcher may answer with one query to a scheduler.
public protocol RunLauncher: Sendable {
  /// A run that was started.
  associatedtype Launched

  /// Starts a run whose folder is prepared, and returns at once.
  ///
  /// - Throws: An error if it cannot be started; ``StartError`` says whether that may pass.
  func start(in directory: RunDirectory) throws -> Launched

  /// Returns how each run ended, in the order of `runs`; nil for one that is running, or whose state
  /// cannot be found out at the moment.
  ///
  /// Called several times a second, with at least one run. A run is not asked for again once its end
  /// was returned.
  func ends(of runs: [Launched]) -> [RunEnd?]

  /// Asks runs to stop with a checkpoint; those that have ended are passed over.
  func stop(_ runs: [Launched])

  /// Ends runs at once, so that they continue from their last checkpoint; those that have ended are
  /// passed over. Returns whether this launcher can do so.
  func kill(_ runs: [Launched]) -> Bool
}

/// How a run is executed: what a launcher needs to know of it.
public struct RunCommand: Sendable, Equatable {
  /// The path of the program, then its arguments.
  public var arguments: [String]

  /// The threads that the run computes on.
  public var threads: Int

  /// Creates a command.
  public init(_ arguments: [String], threads: Int = 1) {
    self.arguments = arguments
    self.threads = threads
  }
}

/// A kind of launcher that sweeps can choose by its id.
public struct LauncherMethod: Sendable {
  /// The name on command lines.
  public let id: String
  /// What it does, in a sentence.
  public let summary: String
  /// Creates the launcher; the function returns the command of a run by its folder.
  public let create: @Sendable (@escaping @Sendable (RunDirectory) -> RunCommand) -> any RunLauncher
}

/// The launchers, in the order in which they are listed; the first is the default.
public let launcherCatalog: [LauncherMethod] = [.local]

/// Why a run could not be started.
public struct StartError: Error, CustomStringConvertible {
  /// The sentence.
  public let description: String

  /// Whether the same may be possible a little later: the system lacks processes, memory or open
  /// files at the moment.
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

  /// Returns false: a thread cannot be ended from outside.
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
