import Synchronization

/// A type that trains and evaluates one run.
public protocol RunExecutor: Sendable {
  /// Executes a run, resuming from its checkpoint if there is one.
  ///
  /// - Parameters:
  ///   - configuration: The configuration that determines the result.
  ///   - directory: The destination of checkpoints, curves and weights.
  ///   - control: Receives stop requests and progress reports.
  /// - Returns: The record, or nil if the run was asked to stop, or pauses after the epochs in
  ///   ``RunControl/target`` (``RunControl/pause(_:)``).
  /// - Throws: Any error; its description becomes the message of the failure.
  func execute(_ configuration: RunConfiguration, in directory: RunDirectory, control: RunControl)
    throws -> RunRecord?
}

/// The progress of a run.
public struct RunProgress: Sendable, Equatable {
  /// The number of completed training steps.
  public var step: Int
  /// The epoch, counted from 1.
  public var epoch: Int
  /// Training rows per second.
  public var rowsPerSecond: Double
  /// The number of steps if training does not stop early; nil if unknown.
  public var plannedSteps: Int?

  /// Creates progress.
  public init(step: Int, epoch: Int, rowsPerSecond: Double, plannedSteps: Int? = nil) {
    self.step = step
    self.epoch = epoch
    self.rowsPerSecond = rowsPerSecond
    self.plannedSteps = plannedSteps
  }
}

/// The connection between an active run and the process that executes it.
public final class RunControl: Sendable {
  /// The signal that asks the run to stop with a checkpoint.
  public let stop: StopSignal

  private let current = Mutex<RunProgress?>(nil)
  private let lock = Mutex<FileLock?>(nil)
  private let excess = Mutex<String?>(nil)
  private let aim = Mutex<(epochs: Int?, pause: RunPause?)>((nil, nil))

  /// Creates a control.
  public init(stop: StopSignal = StopSignal()) { self.stop = stop }

  /// The latest reported progress.
  public var progress: RunProgress? { current.withLock { $0 } }

  /// Reports progress.
  public func tell(_ progress: RunProgress) { current.withLock { $0 = progress } }

  /// The number of epochs after which the run pauses with a checkpoint; nil if it is trained to its
  /// end.
  public internal(set) var target: Int? {
    get { aim.withLock { $0.epochs } }
    set { aim.withLock { $0 = (newValue, nil) } }
  }

  /// Reports that the run pauses, with its result so far; its checkpoint must have been written.
  public func pause(_ pause: RunPause) { aim.withLock { $0.pause = pause } }

  /// The result of the run so far, if it pauses.
  var pause: RunPause? { aim.withLock { $0.pause } }

  /// Checks that the run still belongs to this process.
  ///
  /// If the lock file was removed, another process may have taken the run since then, and nothing
  /// may be written to its folder any more.
  ///
  /// - Throws: ``RunWasTaken``.
  public func checkOwnership() throws {
    let isLost = lock.withLock { $0.map { !$0.isStillHeld() } ?? false }
    if isLost { throw RunWasTaken() }
  }

  /// Which limit the run exceeded, in words; nil if none.
  var exceededLimit: String? { excess.withLock { $0 } }

  /// Asks the run to stop because it exceeds a limit.
  func exceed(_ sentence: String) {
    excess.withLock { $0 = sentence }
    stop.request()
  }

  /// Shows others that the process that holds the run is alive.
  func showLife() { lock.withLock { $0?.touch() } }

  /// Sets the lock that reserves the run for this process; nil once the attempt is over.
  func own(_ lock: FileLock?) { self.lock.withLock { $0 = lock } }
}

/// The error thrown when the run now belongs to another process.
public struct RunWasTaken: Error {}

/// How an attempt to execute a run ended.
public enum RunEnd: Sendable, Equatable {
  /// It has a record.
  case finished
  /// It failed, with this error message.
  case failed(String)
  /// It was asked to stop; it resumes from its checkpoint, or starts over if it has none.
  case stopped
  /// It paused after the epochs that a scheduler asked for, with a checkpoint.
  case paused
  /// Another process holds the run.
  case heldElsewhere
  /// Its process was killed from outside; it resumes from its last checkpoint.
  case killed(signal: Int32)
  /// Its process or job is gone for a reason outside of the run, given in words; it resumes from its
  /// last checkpoint, in the same sweep if it is to be retried.
  case lost(_ reason: String, isToBeRetried: Bool)

  /// The exit status of a process that executes one run; for a signal that stopped it,
  /// ``StopSignal/exitStatus`` is more specific.
  public var exitStatus: Int32 {
    switch self {
    case .finished: 0
    case .failed, .killed, .lost: 1
    case .heldElsewhere: 75
    case .paused: 80
    case .stopped: 130
    }
  }
}
