import CISAL

/// Compressed bytes that zlib has to judge: damaged, cut off, or merely unusual.
struct LeftToZlib: Error {}

/// What gzip members, one after the other, inflate to by ISA-L.
///
/// As zlib does, it inflates a block ahead: where something in it is wrong, nothing of it is handed on.
final class ISALInflation {
  private let input: PieceBuffer
  private let library: ISAL
  private let state: UnsafeMutablePointer<isal_inflate_state>
  private let block: UnsafeMutablePointer<UInt8>
  private let blockSize: Int
  private var unread = 0..<0
  private var hasBegun = false
  private var isInMember = false

  /// Starts before the header of the first member.
  init(of input: PieceBuffer, by library: ISAL, blockSize: Int = 1 << 19) {
    self.input = input
    self.library = library
    self.blockSize = blockSize
    state = library.makeState()
    block = .allocate(capacity: blockSize)
  }

  deinit {
    state.deallocate()
    block.deallocate()
  }

  /// Reads `count` bytes, fewer at the end, where what follows the last member is ignored.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws(LeftToZlib) -> Int {
    var received = 0
    while received < count {
      if unread.isEmpty, try !inflateBlock() { break }
      let piece = unread.prefix(count - received)
      (target + received).update(from: block + piece.lowerBound, count: piece.count)
      received += piece.count
      unread = piece.upperBound..<unread.upperBound
    }
    return received
  }

  /// Inflates until the block is full or the member ends; returns whether there was a member.
  private func inflateBlock() throws(LeftToZlib) -> Bool {
    if !isInMember {
      guard try GzipHeader.pass(in: input) else {
        if hasBegun { return false }
        throw LeftToZlib()
      }
      library.begin(state)
      (hasBegun, isInMember) = (true, true)
    }
    var end = 0
    while isInMember, end < blockSize {
      end += try inflate(into: block + end, count: blockSize - end)
    }
    unread = 0..<end
    return true
  }

  private func inflate(
    into target: UnsafeMutablePointer<UInt8>, count: Int
  ) throws(LeftToZlib) -> Int {
    _ = try input.holds(1)
    let offered = (input: UInt32(input.count), output: UInt32(count))
    state.pointee.next_in = input.first
    state.pointee.avail_in = offered.input
    state.pointee.next_out = target
    state.pointee.avail_out = offered.output
    let isRight = library.inflate(state)
    let left = (input: state.pointee.avail_in, output: state.pointee.avail_out)
    guard isRight, left.input <= offered.input, left.output <= offered.output else {
      throw LeftToZlib()
    }
    if state.pointee.block_state == ISAL_BLOCK_FINISH {
      isInMember = false
    } else if left == offered {
      throw LeftToZlib()
    }
    input.drop(Int(offered.input - left.input))
    return Int(offered.output - left.output)
  }
}
