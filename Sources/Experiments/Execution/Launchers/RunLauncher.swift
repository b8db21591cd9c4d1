import Foundation
import Synchronization

/// A type that starts runs: as child processes, in this process, or on a cluster.
///
/// A sweep starts, queries, stops and kills all its runs in single calls, so a launcher can serve
/// each call with one request to a scheduler.
public protocol RunLauncher: Sendable {
  /// A started run.
  associatedtype Launched

  /// Whether started runs wait in a queue until there is room for them, so that a sweep starts all
  /// missing runs at once, whatever its maximum of concurrent runs.
  var hasQueue: Bool { get }

  /// The longest pause between two queries for the ends of runs.
  var queryInterval: Duration { get }

  /// Starts runs whose folders are ready, and returns immediately, with one answer per run.
  func start(_ runs: [RunDirectory]) -> [RunStart<Launched>]

  /// Returns those of some runs that an earlier sweep started and that have not ended, in the order
  /// of `runs`; nil for the others.
  ///
  /// Called once, before the first start.
  ///
  /// - Throws: An error if this cannot be found out.
  func attach(to runs: [RunDirectory]) throws -> [Launched?]

  /// Returns what has been done about a started run, in words that can follow its name.
  func description(of launched: Launched) -> String

  /// Returns how each run ended, in the order of `runs`; nil for runs that are active or whose
  /// state is currently unknown.
  ///
  /// Called at least once in each ``queryInterval``, with at least one run. A run is not queried
  /// again after its end has been returned.
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

  /// False.
  public var hasQueue: Bool { false }

  /// A fifth of a second.
  public var queryInterval: Duration { .milliseconds(200) }

  /// Returns nil for every run: runs end with the sweep that started them.
  public func attach(to runs: [RunDirectory]) throws -> [Launched?] { runs.map { _ in nil } }

  /// Returns `started`.
  public func description(of launched: Launched) -> String { "started" }
}

/// A launcher's answer to the request to start a run.
public enum RunStart<Launched> {
  /// It was started, or was already active.
  case started(Launched)
  /// There is no room for it now; the sweep asks again later.
  case postponed
  /// Another process has it.
  case held
  /// It cannot be started.
  case refused(StartError)

  /// Starts a run with a function that throws if it cannot be started: ``RunWasTaken`` if another
  /// process has it.
  init(_ start: () throws -> Launched) {
    do { self = .started(try start()) } catch is RunWasTaken {
      self = .held
    } catch let error as StartError {
      self = .refused(error)
    } catch { self = .refused(StartError("\(error)")) }
  }
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

  /// Starts threads; see ``RunLauncher``.
  public func start(_ runs: [RunDirectory]) -> [RunStart<ThreadRun>] {
    runs.map { .started(ThreadRun(in: $0, executor: executor)) }
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
