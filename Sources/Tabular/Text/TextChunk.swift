import CText
import Configuration

/// Whole records of a file, unchanged.
package final class TextChunk {
  /// The bytes; ``TextBuffer/margin`` more may be read before and behind them.
  let bytes: UnsafeMutablePointer<UInt8>

  /// The number of bytes.
  let count: Int

  /// The line that the first record begins in.
  let firstLine: Int

  /// How many newlines, separators and quotes there are.
  let counts: ck_text_counts

  /// What must be looked at before texts are used.
  private(set) var text = Text.composed

  private let storage: TextBuffer

  /// What is known of the texts of a chunk.
  enum Text {
    /// All are UTF-8, in normalization form C.
    case composed
    /// All are UTF-8, some may have another form.
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

  /// Creates a chunk of text of its own.
  convenience init(_ text: ArraySlice<UInt8>, firstLine: Int) {
    let storage = TextBuffer(capacity: text.count)
    for (index, byte) in text.enumerated() { storage.bytes[index] = byte }
    self.init(storage, 0..<text.count, firstLine: firstLine, separator: 0)
  }

  /// Looks at the texts, before cells are unescaped in place.
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

/// Memory for text, with a margin on both sides that may be read.
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
