import COpenBLAS
import Dispatch
import Synchronization

/// The number of threads that the numeric core uses.
public enum Parallelism {
  private static let threads = Atomic<Int>(1)

  /// The number of threads that work on blocks; 1 until set.
  ///
  /// Work is split into blocks based only on its size, so results have the same bits for any number
  /// of threads.
  public static var threadCount: Int { threads.load(ordering: .relaxed) }

  /// Sets the number of threads and limits BLAS to one thread within each block.
  ///
  /// Call this at the start of a process. It may be called again between training steps.
  public static func use(threadCount: Int) {
    openblas_set_num_threads(1)
    threads.store(max(1, threadCount), ordering: .relaxed)
  }

  /// A sentence with the BLAS kernels in use, which determine speed and the last bits of results.
  public static var blasDescription: String {
    let core = openblas_get_corename().map { String(cString: $0) } ?? "unknown core"
    let configuration = openblas_get_config().map { String(cString: $0) } ?? "unknown build"
    let release = configuration.split(separator: " ").prefix(2).joined(separator: " ")
    return "\(release), \(core) kernels, \(openblas_get_num_threads()) thread"
  }
}

/// Calls `body` once for every block of `0..<count`, on several threads if worthwhile.
///
/// - Parameters:
///   - count: The number of items.
///   - blockSize: The number of items per block; the last block may be shorter. It must not depend
///     on the number of threads.
///   - body: Works on one block. The caller must ensure that blocks do not write to shared memory,
///     which the compiler does not check.
package func parallelFor(_ count: Int, blockSize: Int, _ body: (Range<Int>) -> Void) {
  guard count > 0 else { return }
  let blockCount = (count + blockSize - 1) / blockSize
  let threadCount = min(Parallelism.threadCount, blockCount)
  if threadCount <= 1 {
    for start in stride(from: 0, to: count, by: blockSize) {
      body(start..<min(count, start + blockSize))
    }
    return
  }
  withoutActuallyEscaping(body) { body in
    let work = SharedWork(body: body)
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: threadCount) { _ in
      while true {
        let block = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard block < blockCount else { return }
        work.body(block * blockSize..<min(count, (block + 1) * blockSize))
      }
    }
  }
}

/// Returns `0..<count`, split into the fewest ranges of at most `limit` and nearly equal size.
func evenRanges(_ count: Int, atMost limit: Int) -> [Range<Int>] {
  let parts = (count + limit - 1) / limit
  return (0..<parts).map { $0 * count / parts..<($0 + 1) * count / parts }
}

private struct SharedWork: @unchecked Sendable {
  let body: (Range<Int>) -> Void
}

/// Returns the results of `transform` in the order of `items`, computed on several threads.
package func concurrentMap<Item, Result>(_ items: [Item], _ transform: (Item) -> Result)
  -> [Result]
{
  [Result](unsafeUninitializedCapacity: items.count) { buffer, count in
    let start = buffer.baseAddress
    parallelFor(items.count, blockSize: 1) { block in
      for index in block { (start?.advanced(by: index))?.initialize(to: transform(items[index])) }
    }
    count = items.count
  }
}
