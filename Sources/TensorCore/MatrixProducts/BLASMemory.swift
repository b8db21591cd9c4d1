import Dispatch
import Foundation

/// An error for lack of memory: one sentence without a full stop.
public struct MemoryError: Error, CustomStringConvertible {
  /// The sentence.
  public let description: String

  /// Creates an error.
  package init(_ description: String) { self.description = description }
}

extension Parallelism {
  /// Has BLAS allocate the working memory of all threads now instead of at each thread's first
  /// product.
  ///
  /// OpenBLAS uses one buffer per concurrent product and retries forever if a memory limit refuses
  /// the allocation. It keeps the buffers it has, so no product waits for memory after this call.
  /// With a BLAS that lacks the required function, this does nothing.
  ///
  /// - Throws: ``MemoryError`` if the memory is not available within ten seconds; products would
  ///   then never finish, and neither would this process if it waited for them.
  public static func reserveBLASMemory() throws {
    typealias Allocate = @convention(c) @Sendable (Int32) -> UnsafeMutableRawPointer?
    typealias Free = @convention(c) @Sendable (UnsafeMutableRawPointer?) -> Void
    guard let allocate = dlsym(nil, "blas_memory_alloc"), let free = dlsym(nil, "blas_memory_free")
    else { return }
    let functions = (
      allocate: unsafeBitCast(allocate, to: Allocate.self), free: unsafeBitCast(free, to: Free.self)
    )
    let count = min(threadCount, ProcessInfo.processInfo.activeProcessorCount)
    let isDone = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      let buffers = (0..<count).map { _ in functions.allocate(0) }
      buffers.forEach { functions.free($0) }
      isDone.signal()
    }
    guard isDone.wait(timeout: .now() + 10) == .success else {
      throw MemoryError(
        "there is not enough memory for matrix products on \(count) threads: raise the limit "
          + "(ulimit -v), or use fewer --threads")
    }
  }
}
