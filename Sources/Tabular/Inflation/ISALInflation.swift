import CISAL

/// The error for compressed bytes that zlib has to judge: damaged, truncated, or merely unusual.
struct LeftToZlib: Error {}

/// The content of consecutive gzip members, inflated by ISA-L.
///
/// Like zlib, it inflates a block ahead: if a block contains an error, none of it is returned.
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

  /// Reads `count` bytes, or fewer at the end; zeros after the last member are ignored.
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
        guard hasBegun, try input.passZeros() else { throw LeftToZlib() }
        return false
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

/// The header of a gzip member (RFC 1952, section 2.3).
enum GzipHeader {
  /// The bytes at the beginning of a member.
  static let magic: [UInt8] = [0x1f, 0x8b]

  private enum Flag {
    static let text: UInt8 = 1
    static let extra: UInt8 = 4
    static let name: UInt8 = 8
    static let comment: UInt8 = 16
  }

  /// Skips a header.
  ///
  /// - Returns: Whether there was one; otherwise the file ends, or something other than a member
  ///   follows.
  /// - Throws: ``LeftToZlib`` if the header is truncated, is not for deflated data, or has a
  ///   checksum, which few programs write.
  static func pass(in input: PieceBuffer) throws(LeftToZlib) -> Bool {
    guard try input.holds(2), input.first[0] == magic[0], input.first[1] == magic[1] else {
      return false
    }
    guard try input.holds(10) else { throw LeftToZlib() }
    let (method, flags) = (input.first[2], input.first[3])
    let known = Flag.text | Flag.extra | Flag.name | Flag.comment
    guard method == 8, flags & ~known == 0 else { throw LeftToZlib() }
    input.drop(10)
    if flags & Flag.extra != 0 {
      let count = Int(try input.next()) + Int(try input.next()) << 8
      for _ in 0..<count { _ = try input.next() }
    }
    for text in [Flag.name, Flag.comment] where flags & text != 0 {
      while try input.next() != 0 {}
    }
    return true
  }
}

/// A buffer for input that is read piece by piece.
final class PieceBuffer {
  /// Reads up to the given number of bytes; returns 0 at the end, nil if reading fails.
  typealias Fetch = (UnsafeMutablePointer<UInt8>, Int) -> Int?

  private let bytes: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  private let fetch: Fetch
  private var start = 0
  private var end = 0

  /// Creates an empty buffer.
  init(capacity: Int = 1 << 18, fetch: @escaping Fetch) {
    bytes = .allocate(capacity: capacity)
    self.capacity = capacity
    self.fetch = fetch
  }

  deinit { bytes.deallocate() }

  /// The first buffered byte.
  var first: UnsafeMutablePointer<UInt8> { bytes + start }

  /// The number of buffered bytes.
  var count: Int { end - start }

  /// Reads until `wanted` bytes are buffered, at most the capacity; returns whether they are.
  func holds(_ wanted: Int) throws(LeftToZlib) -> Bool {
    guard count < wanted else { return true }
    bytes.update(from: first, count: count)
    (start, end) = (0, count)
    while count < wanted {
      guard let received = fetch(bytes + end, capacity - end) else { throw LeftToZlib() }
      if received == 0 { return false }
      end += received
    }
    return true
  }

  /// Drops buffered bytes.
  func drop(_ count: Int) { start += count }

  /// Drops zeros; returns whether nothing else follows up to the end.
  func passZeros() throws(LeftToZlib) -> Bool {
    while try holds(1) {
      let zeros = UnsafeBufferPointer(start: first, count: count).prefix { $0 == 0 }.count
      let isAll = zeros == count
      drop(zeros)
      if !isAll { return false }
    }
    return true
  }

  /// Takes the next byte.
  func next() throws(LeftToZlib) -> UInt8 {
    guard try holds(1) else { throw LeftToZlib() }
    defer { start += 1 }
    return bytes[start]
  }
}
