import Foundation
import TensorCore

/// Does work one after the other on a thread of its own, while its owner goes on; where there is one
/// thread only, at once.
package final class SerialWorker: Sendable {
  private let queue = DispatchQueue(label: "serial worker")
  private let room = DispatchSemaphore(value: 8)

  package init() {}

  /// Takes work; waits while eight pieces are not done yet.
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
