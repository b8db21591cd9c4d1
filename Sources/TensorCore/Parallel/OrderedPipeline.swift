import Foundation

/// Takes items one by one, works on several concurrently, and delivers the results in the order of
/// the items, regardless of the number of threads.
///
/// At most four items per thread are in flight. If items fail, the error of the earliest one is
/// thrown.
///
/// - Parameters:
///   - next: Returns the next item, or nil at the end; never runs concurrently with itself.
///   - work: Works on one item; runs concurrently with itself and the other closures. The caller
///     must ensure that it writes to no shared memory, which the compiler does not check.
///   - inOrder: Takes the products in order; never runs concurrently with itself.
package func orderedPipeline<Item, Product>(
  next: () throws -> Item?, work: (Item) throws -> Product, inOrder: (Product) throws -> Void
) throws {
  if Parallelism.threadCount == 1 {
    while let item = try next() { try inOrder(try work(item)) }
    return
  }
  try withoutActuallyEscaping(next) { next in
    try withoutActuallyEscaping(work) { work in
      try withoutActuallyEscaping(inOrder) { inOrder in
        let pipeline = OrderedPipeline(next: next, work: work, inOrder: inOrder)
        DispatchQueue.concurrentPerform(iterations: Parallelism.threadCount) { _ in pipeline.run() }
        if let failure = pipeline.failure { throw failure }
      }
    }
  }
}

/// The state that the threads of a pipeline share.
private final class OrderedPipeline<Item, Product>: @unchecked Sendable {
  private(set) var failure: (any Error)?

  private let next: () throws -> Item?
  private let work: (Item) throws -> Product
  private let inOrder: (Product) throws -> Void
  private let intake = NSLock()
  private let output = NSCondition()
  private let limit = 4 * Parallelism.threadCount
  private var taken = 0
  private var delivered = 0
  private var isDelivering = false
  private var waiting: [Int: Result<Product, any Error>] = [:]

  init(
    next: @escaping () throws -> Item?, work: @escaping (Item) throws -> Product,
    inOrder: @escaping (Product) throws -> Void
  ) {
    self.next = next
    self.work = work
    self.inOrder = inOrder
  }

  /// Works until no items are left or one has failed.
  func run() {
    while let (number, item) = take() {
      let product = Result { try work(try item.get()) }
      deliver(product, number)
    }
  }

  private func take() -> (Int, Result<Item, any Error>)? {
    intake.lock()
    defer { intake.unlock() }
    guard waitForRoom() else { return nil }
    let item: Result<Item, any Error>
    do {
      guard let found = try next() else { return nil }
      item = .success(found)
    } catch {
      item = .failure(error)
    }
    taken += 1
    return (taken - 1, item)
  }

  /// Waits until few enough items are in flight; returns false if one has failed.
  private func waitForRoom() -> Bool {
    output.lock()
    defer { output.unlock() }
    while taken - delivered >= limit, failure == nil { output.wait() }
    return failure == nil
  }

  /// Adds a product to those waiting for their turn and delivers all whose turn has come, unless
  /// another thread is already delivering.
  private func deliver(_ product: Result<Product, any Error>, _ number: Int) {
    output.lock()
    defer { output.unlock() }
    waiting[number] = product
    guard !isDelivering else { return }
    isDelivering = true
    while let product = waiting.removeValue(forKey: delivered) {
      if failure == nil {
        output.unlock()
        let result = Result { try inOrder(try product.get()) }
        output.lock()
        if case .failure(let error) = result { failure = error }
      }
      delivered += 1
      output.broadcast()
    }
    isDelivering = false
  }
}
