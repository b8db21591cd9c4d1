import Dispatch
import Synchronization

/// Makes items in order, each on another thread while the one before it is in use.
///
/// What is made depends on its index alone, so the result has the same bits as without threads.
final class Prefetcher<Item: Sendable> {
  private let make: @Sendable (Int) throws -> Item
  private var remaining: Range<Int>
  private var pending: Pending<Item>?

  init(_ indices: Range<Int>, make: @escaping @Sendable (Int) throws -> Item) {
    self.make = make
    remaining = indices
    startNext()
  }

  /// Returns the next item, and starts to make the one after it.
  ///
  /// - Throws: What making the item threw.
  func next() throws -> Item? {
    let item = try pending?.wait()
    startNext()
    return item
  }

  private func startNext() {
    pending = remaining.popFirst().map { index in
      Pending { [make] in try make(index) }
    }
  }
}

private final class Pending<Item: Sendable>: Sendable {
  private let result = Mutex<Result<Item, any Error>?>(nil)
  private let made = DispatchSemaphore(value: 0)

  init(_ make: @escaping @Sendable () throws -> Item) {
    DispatchQueue.global(qos: .userInitiated).async { [self] in
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
