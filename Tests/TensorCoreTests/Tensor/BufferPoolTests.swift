import Testing

// Internal: BufferPool.
@testable import TensorCore

@Suite struct BufferPoolTests {
  @Test func capacityCoversTheRequestWithLittleWaste() {
    var previous = 0
    for count in Array(0...5000) + [1 << 20, (1 << 20) + 1, 123_456_789] {
      let capacity = BufferPool.capacity(for: count)
      #expect(capacity >= max(count, 64))
      #expect(capacity >= previous)
      #expect(Double(capacity) <= max(64, 1.125 * Double(count) + 16))
      previous = capacity
    }
    #expect(BufferPool.capacity(for: 1 << 20) == 1 << 20)
  }

  @Test func buffersAreAligned() {
    let pool = BufferPool()
    for capacity in [64, 80, 144, 4096] {
      let pointer = pool.take(capacity: capacity)
      #expect(UInt(bitPattern: pointer) % 64 == 0)
      pool.give(pointer, capacity: capacity)
    }
    #expect(UInt(bitPattern: Tensor(zeros: [3]).pointer) % 64 == 0)
  }

  @Test func freedBufferIsHandedOutAgain() {
    let pool = BufferPool()
    let first = pool.take(capacity: 128)
    let second = pool.take(capacity: 128)
    #expect(first != second)
    pool.give(first, capacity: 128)
    #expect(pool.retainedBytes == 512)
    #expect(pool.take(capacity: 256) != first)
    #expect(pool.take(capacity: 128) == first)
    #expect(pool.retainedBytes == 0)
  }

  @Test func noMoreIsKeptThanTheLimitOrThanWasInUse() {
    let pool = BufferPool(retainedByteLimit: 1000)
    let buffers = (0..<3).map { _ in pool.take(capacity: 100) }
    for buffer in buffers { pool.give(buffer, capacity: 100) }
    #expect(pool.retainedBytes == 1200, "as much was in use at once")
    let other = pool.take(capacity: 150)
    #expect(pool.retainedBytes == 800, "a free buffer made room for one of another size")
    pool.give(other, capacity: 150)
    #expect(pool.retainedBytes == 800, "it would exceed both limits")
  }

  @Test func stepsBeyondTheLimitFindTheirBuffersAgain() {
    let pool = BufferPool(retainedByteLimit: 1000)
    func step() -> [UnsafeMutablePointer<Float>] {
      let buffers = (1...5).map { pool.take(capacity: 64 * $0) }
      for (index, buffer) in buffers.enumerated() { pool.give(buffer, capacity: 64 * (index + 1)) }
      return buffers
    }
    let first = step()
    #expect(step() == first)
    #expect(pool.retainedBytes == 4 * 64 * 15)
  }

  @Test func buffersUsedOneAfterAnotherAreNotAllKept() {
    let pool = BufferPool(retainedByteLimit: 1000)
    for count in 1...5 {
      pool.give(pool.take(capacity: 128 * count), capacity: 128 * count)
      #expect(pool.retainedBytes <= max(1000, 4 * 128 * count))
    }
  }
}
