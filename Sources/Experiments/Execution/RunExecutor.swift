import Synchronization

/// What trains and evaluates one run.
public protocol RunExecutor: Sendable {
  /// Executes a run, continuing from its checkpoint where there is one.
  ///
  /// - Parameters:
  ///   - configuration: What decides the result.
  ///   - directory: Where checkpoints, curves and weights go.
  ///   - control: Where requests to stop come from and progress is reported.
  /// - Returns: The record, or nil if the run was asked to stop.
  /// - Throws: Any error; its description becomes the sentence of the failure.
  func execute(_ configuration: RunConfiguration, in directory: RunDirectory, control: RunControl)
    throws -> RunRecord?
}

/// How far a run is.
public struct RunProgress: Sendable, Equatable {
  /// The number of training steps done.
  public var step: Int
  /// The epoch, from 1.
  public var epoch: Int
  /// Training rows per second.
  public var rowsPerSecond: Double

  /// Creates progress.
  public init(step: Int, epoch: Int, rowsPerSecond: Double) {
    self.step = step
    self.epoch = epoch
    self.rowsPerSecond = rowsPerSecond
  }
}

/// What ties a running run to the process around it.
public final class RunControl: Sendable {
  /// Whether the run is to stop with a checkpoint.
  public let stop: StopSignal

  private let current = Mutex<RunProgress?>(nil)
  private let lock = Mutex<FileLock?>(nil)

  /// Creates a control.
  public init(stop: StopSignal = StopSignal()) { self.stop = stop }

  /// How far the run is, as last told.
  public var progress: RunProgress? { current.withLock { $0 } }

  /// Tells how far the run is.
  public func tell(_ progress: RunProgress) { current.withLock { $0 = progress } }

  /// Checks that the run still belongs to this process.
  ///
  /// Someone may have removed the file of its lock, and another process have taken the run since:
  /// nothing must be written into its folder any more.
  ///
  /// - Throws: ``RunWasTaken``.
  public func checkOwnership() throws {
    let isLost = lock.withLock { $0.map { !$0.isStillHeld() } ?? false }
    if isLost { throw RunWasTaken() }
  }

  /// Sets the lock that makes the run this process's own; nil when the attempt is over.
  func own(_ lock: FileLock?) { self.lock.withLock { $0 = lock } }
}

/// The run belongs to another process now.
public struct RunWasTaken: Error {}

/// How an attempt to execute a run ended.
public enum RunEnd: Sendable, Equatable {
  /// It has a record.
  case finished
  /// It failed; the sentence says why.
  case failed(String)
  /// It was asked to stop; it goes on from its checkpoint, or begins anew where it has none.
  case stopped
  /// Another process has the run.
  case heldElsewhere
  /// Its process was killed from outside; it continues from its last checkpoint.
  case killed(signal: Int32)

  /// The exit status of a process that executes one run; a signal that stopped it decides more
  /// exactly (``StopSignal/exitStatus``).
  public var exitStatus: Int32 {
    switch self {
    case .finished: 0
    case .failed, .killed: 1
    case .heldElsewhere: 75
    case .stopped: 130
    }
  }
}
