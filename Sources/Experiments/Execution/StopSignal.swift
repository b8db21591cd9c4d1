import Foundation
import Synchronization

/// A request to stop at the next safe point, with a checkpoint.
public final class StopSignal: Sendable {
  private let requested = Atomic<Bool>(false)
  private let followsInterrupt: Bool

  /// Creates a signal that stops when asked to.
  public init() { followsInterrupt = false }

  private init(followingInterrupt: Void) { followsInterrupt = true }

  /// Returns the signal that is set by Ctrl-C (SIGINT) and by SIGTERM, and installs its handler.
  public static func interrupt() -> StopSignal {
    interruptFlag.store(false, ordering: .relaxed)
    var mask = sigset_t()
    sigemptyset(&mask)
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in interruptFlag.store(true, ordering: .relaxed) }
      sigaddset(&mask, number)
    }
    // A parent that blocks them, such as a worker thread, would pass that on.
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    return StopSignal(followingInterrupt: ())
  }

  /// Asks to stop.
  public func request() { requested.store(true, ordering: .relaxed) }

  /// Whether to stop.
  public var isRequested: Bool {
    requested.load(ordering: .relaxed)
      || (followsInterrupt && interruptFlag.load(ordering: .relaxed))
  }

  /// Asks to stop as soon as this process has another parent than `parent`: a child does not outlive
  /// the sweep that started it, not even one that was killed.
  public func requestWhenOrphaned(from parent: Int32) {
    Thread.detachNewThread {
      while getppid() == parent { usleep(200_000) }
      self.request()
    }
  }
}

private let interruptFlag = Atomic<Bool>(false)
