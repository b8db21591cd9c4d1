import Foundation

/// A worker that runs submitted work serially on its own thread while its owner continues, or
/// immediately if there is only one thread.
package final class SerialWorker: Sendable {
  private let queue = DispatchQueue(label: "serial worker")
  private let room = DispatchSemaphore(value: 8)

  package init() {}

  /// Submits work; waits while eight pieces are unfinished.
  package func submit(_ work: @escaping @Sendable () -> Void) {
    if Parallelism.threadCount == 1 { return queue.sync(execute: work) }
    room.wait()
    queue.async { [room] in
      work()
      room.signal()
    }
  }

  /// Waits until all work is done.
  package func wait() { queue.sync {} }
}
