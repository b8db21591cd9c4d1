import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A process-wide pool of 64-byte-aligned float buffers.
///
/// Training allocates the same few sizes in every step, so freed buffers are kept by size class
/// (the capacity rounded up to one eighth of a power of two) and reused. The contents of a buffer
/// are whatever its last owner left in it.
///
/// At most `retainedByteLimit` bytes are kept; buffers freed beyond that are returned to the
/// system.
final class BufferPool: Sendable {
  static let shared = BufferPool()

  private struct State: ~Copyable {
    var free: [Int: [UInt]] = [:]
    var retainedBytes = 0
  }

  private let state = Mutex(State())
  private let retainedByteLimit: Int

  init(retainedByteLimit: Int = 1 << 30) { self.retainedByteLimit = retainedByteLimit }

  /// The size of all free buffers.
  var retainedBytes: Int { state.withLock { $0.retainedBytes } }

  /// Returns the number of floats to which a request for `count` is rounded up.
  static func capacity(for count: Int) -> Int {
    let minimum = 64
    guard count > minimum else { return minimum }
    let step = max(16, 1 << (Int.bitWidth - 1 - count.leadingZeroBitCount - 3))
    return (count + step - 1) / step * step
  }

  /// Returns an aligned buffer of at least `capacity` floats, with unspecified contents.
  func take(capacity: Int) -> UnsafeMutablePointer<Float> {
    let kept: UInt? = state.withLock { state in
      guard let address = state.free[capacity]?.popLast() else { return nil }
      state.retainedBytes -= capacity * 4
      return address
    }
    if let kept, let pointer = UnsafeMutablePointer<Float>(bitPattern: kept) { return pointer }
    return Self.allocate(byteCount: capacity * 4).bindMemory(to: Float.self, capacity: capacity)
  }

  /// Allocates a buffer, with large pages if it is large, which means fewer page faults and fewer
  /// misses when products and normalizations stride over rows.
  private static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    #if canImport(Glibc)
      let largePage = 1 << 21
      if byteCount >= 2 * largePage {
        let pointer = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: largePage)
        madvise(pointer, byteCount, MADV_HUGEPAGE)
        return pointer
      }
    #endif
    return .allocate(byteCount: byteCount, alignment: 64)
  }

  /// Returns a buffer to the pool.
  func give(_ pointer: UnsafeMutablePointer<Float>, capacity: Int) {
    let address = UInt(bitPattern: pointer)
    let keep = state.withLock { state in
      guard state.retainedBytes + capacity * 4 <= retainedByteLimit else { return false }
      state.free[capacity, default: []].append(address)
      state.retainedBytes += capacity * 4
      return true
    }
    if !keep { UnsafeMutableRawPointer(pointer).deallocate() }
  }
}

/// The reference-counted memory behind one or more tensors.
final class TensorStorage: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let capacity: Int

  init(count: Int) {
    capacity = BufferPool.capacity(for: count)
    pointer = BufferPool.shared.take(capacity: capacity)
  }

  deinit { BufferPool.shared.give(pointer, capacity: capacity) }
}
