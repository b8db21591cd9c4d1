import CText
import Configuration

/// Whole records of a file, unchanged.
package final class TextChunk {
  /// The bytes; up to ``TextBuffer/margin`` more may be read before and after them.
  let bytes: UnsafeMutablePointer<UInt8>

  /// The number of bytes.
  let count: Int

  /// The line at which the first record begins.
  let firstLine: Int

  /// The numbers of newlines, separators and quotes.
  let counts: ck_text_counts

  /// The checks required before texts are used.
  private(set) var text = Text.composed

  private let storage: TextBuffer

  /// The known encoding of the texts of a chunk.
  enum Text {
    /// All are UTF-8, in normalization form C.
    case composed
    /// All are UTF-8; some may be in another normalization form.
    case valid
    /// Some are not UTF-8.
    case invalid
  }

  init(_ storage: TextBuffer, _ range: Range<Int>, firstLine: Int, separator: UInt8) {
    self.storage = storage
    self.firstLine = firstLine
    bytes = storage.bytes + range.lowerBound
    count = range.count
    counts = ck_text_count(bytes, count, separator)
  }

  /// Creates a chunk that owns its text.
  convenience init(_ text: ArraySlice<UInt8>, firstLine: Int) {
    let storage = TextBuffer(capacity: text.count)
    for (index, byte) in text.enumerated() { storage.bytes[index] = byte }
    self.init(storage, 0..<text.count, firstLine: firstLine, separator: 0)
  }

  /// Checks the texts, before cells are unescaped in place.
  func checkText() {
    guard counts.is_ascii == 0 else { return }
    let all = UnsafeBufferPointer(start: bytes, count: count)
    guard String(validating: all, as: UTF8.self) != nil else {
      text = .invalid
      return
    }
    text = CanonicalText.isSurelyComposed(all) ? .composed : .valid
  }
}

/// Memory for text, with a readable margin on both sides.
final class TextBuffer {
  static let margin = 64

  let bytes: UnsafeMutablePointer<UInt8>
  let capacity: Int
  private let memory: UnsafeMutablePointer<UInt8>

  init(capacity: Int) {
    self.capacity = capacity
    memory = .allocate(capacity: capacity + 2 * Self.margin)
    memory.initialize(repeating: 0, count: Self.margin)
    (memory + Self.margin + capacity).initialize(repeating: 0, count: Self.margin)
    bytes = memory + Self.margin
  }

  deinit { memory.deallocate() }
}
