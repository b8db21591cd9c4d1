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
/// Buffers in use and free buffers together take no more memory than buffers in use once did, or
/// `retainedByteLimit` more than those in use now. What would exceed both is returned to the
/// system: a buffer that is freed, or free buffers of other sizes when a new one is allocated. So
/// the steps of a large model find all their buffers again, and a pass with other sizes in between
/// adds at most `retainedByteLimit` to the peak.
final class BufferPool: Sendable {
  static let shared = BufferPool()

  private struct State: ~Copyable {
    var free: [Int: [UInt]] = [:]
    var retainedBytes = 0
    var usedBytes = 0
    var peakBytes = 0

    func admits(used: Int, retained: Int, limit: Int) -> Bool {
      retained <= limit || used + retained <= peakBytes
    }

    /// Takes a free buffer of the largest size out of the pool; nil if there is none.
    mutating func removeLargest() -> UInt? {
      guard let capacity = free.lazy.filter({ !$0.value.isEmpty }).map(\.key).max() else {
        return nil
      }
      retainedBytes -= capacity * 4
      return free[capacity]?.popLast()
    }
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
    let byteCount = capacity * 4
    var surplus: [UInt] = []
    let kept: UInt? = state.withLock { state in
      let kept = state.free[capacity]?.popLast()
      if kept != nil {
        state.retainedBytes -= byteCount
      } else {
        while !state.admits(
          used: state.usedBytes + byteCount, retained: state.retainedBytes,
          limit: retainedByteLimit), let freed = state.removeLargest()
        {
          surplus.append(freed)
        }
      }
      state.usedBytes += byteCount
      state.peakBytes = max(state.peakBytes, state.usedBytes)
      return kept
    }
    for address in surplus { UnsafeMutableRawPointer(bitPattern: address)?.deallocate() }
    if let kept, let pointer = UnsafeMutablePointer<Float>(bitPattern: kept) { return pointer }
    return Self.allocate(byteCount: byteCount).bindMemory(to: Float.self, capacity: capacity)
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
    let (address, byteCount) = (UInt(bitPattern: pointer), capacity * 4)
    let keep = state.withLock { state in
      state.usedBytes -= byteCount
      guard
        state.admits(
          used: state.usedBytes, retained: state.retainedBytes + byteCount,
          limit: retainedByteLimit)
      else { return false }
      state.free[capacity, default: []].append(address)
      state.retainedBytes += byteCount
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
