import Dispatch
import Synchronization

/// Prepares items in order on another thread, one at a time and a few ahead of their use.
///
/// Each item depends only on its index, so the result has the same bits as without threads.
final class Prefetcher<Item: Sendable> {
  static var lead: Int { 4 }

  private let make: @Sendable (Int) throws -> Item
  private let queue = DispatchQueue(label: "prefetcher", qos: .userInitiated)
  private var remaining: Range<Int>
  private var pending: [Pending<Item>] = []

  init(_ indices: Range<Int>, make: @escaping @Sendable (Int) throws -> Item) {
    self.make = make
    remaining = indices
    for _ in 0..<Self.lead { startNext() }
  }

  /// Returns the next item and requests one more.
  ///
  /// - Throws: The error thrown while preparing the item.
  func next() throws -> Item? {
    if pending.isEmpty { return nil }
    defer { startNext() }
    return try pending.removeFirst().wait()
  }

  private func startNext() {
    guard let index = remaining.popFirst() else { return }
    pending.append(Pending(on: queue) { [make] in try make(index) })
  }
}

private final class Pending<Item: Sendable>: Sendable {
  private let result = Mutex<Result<Item, any Error>?>(nil)
  private let made = DispatchSemaphore(value: 0)

  init(on queue: DispatchQueue, _ make: @escaping @Sendable () throws -> Item) {
    queue.async { [self] in
      let made = Result { try make() }
      result.withLock { $0 = made }
      self.made.signal()
    }
  }

  func wait() throws -> Item? {
    made.wait()
    return try result.withLock { $0 }?.get()
  }
}
