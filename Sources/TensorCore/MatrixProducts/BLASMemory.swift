import Dispatch
import Foundation

/// Too little memory for the work that was asked for: one sentence, without a full stop.
public struct MemoryError: Error, CustomStringConvertible {
  /// The sentence.
  public let description: String

  /// Creates an error.
  package init(_ description: String) { self.description = description }
}

extension Parallelism {
  /// Has BLAS take the working memory of all threads now, not at the first product of each.
  ///
  /// OpenBLAS keeps one buffer for every product that goes on at the same time, and asks for it again
  /// without end where a memory limit refuses it. Buffers that it has it keeps, so that after this no
  /// product waits for memory. With a BLAS that has no such function this does nothing.
  ///
  /// - Throws: ``MemoryError`` where the memory is not given within ten seconds; products would then
  ///   never end, and nor would this process if it waited for them.
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
