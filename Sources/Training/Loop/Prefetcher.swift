import Dispatch
import Synchronization

/// Makes items in order, each on another thread while the one before it is in use.
///
/// What is made depends on its index alone, so the result has the same bits as without threads.
final class Prefetcher<Item: Sendable> {
  private let make: @Sendable (Int) -> Item
  private var remaining: Range<Int>
  private var pending: Pending<Item>?

  init(_ indices: Range<Int>, make: @escaping @Sendable (Int) -> Item) {
    self.make = make
    remaining = indices
    startNext()
  }

  /// Returns the next item, and starts to make the one after it.
  func next() -> Item? {
    let item = pending?.wait()
    startNext()
    return item
  }

  private func startNext() {
    pending = remaining.popFirst().map { index in
      Pending { [make] in make(index) }
    }
  }
}

private final class Pending<Item: Sendable>: Sendable {
  private let item = Mutex<Item?>(nil)
  private let made = DispatchSemaphore(value: 0)

  init(_ make: @escaping @Sendable () -> Item) {
    DispatchQueue.global(qos: .userInitiated).async { [self] in
      let result = make()
      item.withLock { $0 = result }
      made.signal()
    }
  }

  func wait() -> Item? {
    made.wait()
    return item.withLock { $0 }
  }
}
