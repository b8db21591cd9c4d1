import Configuration
import Foundation
import Synchronization

/// A request to stop at the next safe point, with a checkpoint.
public final class StopSignal: Sendable {
  private let ownRequests = Atomic<Int>(0)
  private let followsInterrupt: Bool

  /// Creates a signal that is set only by ``StopSignal/request()``.
  public init() { followsInterrupt = false }

  private init(followingInterrupt: Void) { followsInterrupt = true }

  /// The signals that ask a process to stop: Ctrl-C, `kill`, and the loss of its terminal.
  ///
  /// SIGUSR1 and SIGUSR2 are among them because schedulers send them before a time limit.
  public static let numbers = [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2]

  /// The exit statuses of processes stopped by these signals: 128 plus the signal number.
  public static let exitStatuses = numbers.map { 128 + $0 }

  /// Returns the signal that is set by the signals ``numbers``, and installs its handler.
  ///
  /// If SIGHUP is ignored, as under `nohup`, it remains ignored.
  public static func interrupt() -> StopSignal {
    var mask = sigset_t()
    sigemptyset(&mask)
    for number in numbers {
      let earlier = signal(number) {
        receivedSignal.store($0, ordering: .relaxed)
        receivedCount.add(1, ordering: .releasing)
      }
      if number == SIGHUP,
        unsafeBitCast(earlier, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
      {
        signal(number, SIG_IGN)
      }
      sigaddset(&mask, number)
    }
    // A parent that blocks these signals, such as a worker thread, would pass the mask on.
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    return StopSignal(followingInterrupt: ())
  }

  /// Requests a stop.
  public func request() { ownRequests.add(1, ordering: .relaxed) }

  /// Whether a stop was requested.
  public var isRequested: Bool { requestCount > 0 }

  /// The number of stop requests; a second one means that the user does not want to wait.
  public var requestCount: Int {
    ownRequests.load(ordering: .relaxed)
      + (followsInterrupt ? receivedCount.load(ordering: .acquiring) : 0)
  }

  /// The exit status of a process stopped by this signal: 128 plus the signal number, or the status
  /// for Ctrl-C if there was no signal.
  public var exitStatus: Int32 { 128 + (number ?? SIGINT) }

  /// The number of the latest signal that requested a stop; nil if there was none.
  var number: Int32? {
    let number = followsInterrupt ? receivedSignal.load(ordering: .relaxed) : 0
    return number == 0 ? nil : number
  }

  /// Requests a stop as soon as the parent of this process is no longer `parent`: a child does not
  /// outlive the sweep that started it, even if the sweep was killed.
  ///
  /// A process that has not stopped after `grace` seconds is stuck. It then exits immediately, and
  /// the system frees its lock; the run can resume from its last checkpoint.
  public func requestWhenOrphaned(from parent: Int32, grace: UInt32 = 20) {
    Thread.detachNewThread {
      while getppid() == parent { usleep(200_000) }
      self.request()
      sleep(grace)
      _ = writeAll("the sweep is gone, and this run did not stop by itself\n", to: STDERR_FILENO)
      _exit(self.exitStatus)
    }
  }
}

private let receivedSignal = Atomic<Int32>(0)
private let receivedCount = Atomic<Int>(0)
