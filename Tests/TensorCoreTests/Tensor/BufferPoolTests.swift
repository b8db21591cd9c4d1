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

  @Test func nothingIsKeptBeyondTheLimit() {
    let pool = BufferPool(retainedByteLimit: 1000)
    let buffers = (0..<3).map { _ in pool.take(capacity: 100) }
    for buffer in buffers { pool.give(buffer, capacity: 100) }
    #expect(pool.retainedBytes == 800)
  }
}
