import Foundation
import Synchronization
import TensorCore

/// Takes items one after the other, works on several at once, and hands on what came of them in the
/// order of the items, whatever the number of threads.
///
/// What is in flight is never more than one item for each thread. The error that is thrown is the
/// one of the earliest item that has one.
///
/// - Parameters:
///   - next: Returns the next item, nil at the end; never runs twice at once.
///   - work: Works on one item; runs beside itself and the others. That it writes to no common memory
///     is the caller's promise, which the compiler does not check.
///   - inOrder: Takes the products; never runs twice at once.
func orderedPipeline<Item, Product>(
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

/// What the threads of a pipeline share.
private final class OrderedPipeline<Item, Product>: @unchecked Sendable {
  private(set) var failure: (any Error)?

  private let next: () throws -> Item?
  private let work: (Item) throws -> Product
  private let inOrder: (Product) throws -> Void
  private let intake = NSLock()
  private let output = NSCondition()
  private let isFailed = Atomic<Bool>(false)
  private var taken = 0
  private var delivered = 0

  init(
    next: @escaping () throws -> Item?, work: @escaping (Item) throws -> Product,
    inOrder: @escaping (Product) throws -> Void
  ) {
    self.next = next
    self.work = work
    self.inOrder = inOrder
  }

  /// Works until there is no item left, or one has failed.
  func run() {
    while let (number, item) = take() {
      let product = Result { try work(try item.get()) }
      deliver(product, number)
    }
  }

  private func take() -> (Int, Result<Item, any Error>)? {
    intake.lock()
    defer { intake.unlock() }
    guard !isFailed.load(ordering: .relaxed) else { return nil }
    let item: Result<Item, any Error>
    do {
      guard let found = try next() else { return nil }
      item = .success(found)
    } catch {
      item = .failure(error)
      isFailed.store(true, ordering: .relaxed)
    }
    taken += 1
    return (taken - 1, item)
  }

  private func deliver(_ product: Result<Product, any Error>, _ number: Int) {
    output.lock()
    defer { output.unlock() }
    while delivered != number { output.wait() }
    if failure == nil {
      do {
        try inOrder(try product.get())
      } catch {
        failure = error
        isFailed.store(true, ordering: .relaxed)
      }
    }
    delivered += 1
    output.broadcast()
  }
}
