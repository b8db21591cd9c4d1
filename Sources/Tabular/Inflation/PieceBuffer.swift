/// The next bytes of something that is read piece by piece.
final class PieceBuffer {
  /// Reads up to so many bytes; 0 at the end, nil where reading fails.
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

  /// The bytes that are here.
  var first: UnsafeMutablePointer<UInt8> { bytes + start }

  /// How many bytes are here.
  var count: Int { end - start }

  /// Reads until there are at least so many bytes, at most the capacity; returns whether there are.
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

  /// Drops bytes that are here.
  func drop(_ count: Int) { start += count }

  /// Takes the next byte.
  func next() throws(LeftToZlib) -> UInt8 {
    guard try holds(1) else { throw LeftToZlib() }
    defer { start += 1 }
    return bytes[start]
  }
}
