import Configuration
import Foundation
import Synchronization

/// A request to stop at the next safe point, with a checkpoint.
public final class StopSignal: Sendable {
  private let ownRequests = Atomic<Int>(0)
  private let followsInterrupt: Bool

  /// Creates a signal that stops when asked to.
  public init() { followsInterrupt = false }

  private init(followingInterrupt: Void) { followsInterrupt = true }

  /// The signals that ask a process to stop: Ctrl-C, `kill`, and the end of its terminal.
  public static let numbers = [SIGINT, SIGTERM, SIGHUP]

  /// The exit statuses of processes that these signals stopped: 128 and the number.
  public static let exitStatuses = numbers.map { 128 + $0 }

  /// Returns the signal that is set by SIGINT, SIGTERM and SIGHUP, and installs its handler.
  ///
  /// Where SIGHUP is ignored, as below `nohup`, it stays so.
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
    // A parent that blocks them, such as a worker thread, would pass that on.
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    return StopSignal(followingInterrupt: ())
  }

  /// Asks to stop.
  public func request() { ownRequests.add(1, ordering: .relaxed) }

  /// Whether to stop.
  public var isRequested: Bool { requestCount > 0 }

  /// How often it was asked to stop: who asks again does not want to wait.
  public var requestCount: Int {
    ownRequests.load(ordering: .relaxed)
      + (followsInterrupt ? receivedCount.load(ordering: .acquiring) : 0)
  }

  /// The exit status of a process that stopped for this: 128 and the number of the signal, or that of
  /// Ctrl-C where there was no signal.
  public var exitStatus: Int32 {
    let number = followsInterrupt ? receivedSignal.load(ordering: .relaxed) : 0
    return 128 + (number == 0 ? SIGINT : number)
  }

  /// Asks to stop as soon as this process has another parent than `parent`: a child does not outlive
  /// the sweep that started it, not even one that was killed.
  ///
  /// A process that has not stopped `grace` seconds later is stuck. It then ends at once, and the
  /// system frees its lock; the run goes on from its last checkpoint.
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
