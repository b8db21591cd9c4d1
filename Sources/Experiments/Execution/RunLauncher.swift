import Foundation
import Ranking
import Synchronization

/// What starts runs: as child processes here, in this process, or elsewhere.
public protocol RunLauncher: Sendable {
  /// Starts a run whose folder is prepared, and returns at once.
  ///
  /// - Throws: ``ConfigurationError`` where it cannot be started.
  func start(in directory: RunDirectory) throws -> any LaunchedRun
}

/// A run that was started.
public protocol LaunchedRun: AnyObject {
  /// How it ended, or nil while it is running.
  func end() -> RunEnd?

  /// Asks it to stop with a checkpoint.
  func stop()
}

/// Starts runs on threads of this process.
public struct InProcessLauncher: RunLauncher {
  private let executor: any RunExecutor

  /// Creates the launcher.
  public init(executor: any RunExecutor) { self.executor = executor }

  /// Starts a thread; see ``RunLauncher``.
  public func start(in directory: RunDirectory) throws -> any LaunchedRun {
    ThreadRun(in: directory, executor: executor)
  }

  private final class ThreadRun: LaunchedRun, Sendable {
    private let control = RunControl()
    private let result = Mutex<RunEnd?>(nil)

    init(in directory: RunDirectory, executor: any RunExecutor) {
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

    func end() -> RunEnd? { result.withLock { $0 } }

    func stop() { control.stop.request() }
  }
}
