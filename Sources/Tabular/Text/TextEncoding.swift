import Configuration
import Foundation

/// The most likely encoding of text that is not UTF-8.
enum TextEncoding {
  /// Returns the name of the UTF-16 or UTF-32 encoding detected at the beginning of a file; nil if
  /// there is none.
  static func wideEncoding(_ beginning: UnsafeBufferPointer<UInt8>) -> String? {
    switch (beginning.prefix(2).elementsEqual([0xff, 0xfe]), beginning.prefix(4).suffix(2)) {
    case (true, let rest) where rest.elementsEqual([0, 0]): return "UTF-32"
    case (true, _): return "UTF-16"
    default: break
    }
    if beginning.prefix(2).elementsEqual([0xfe, 0xff]) { return "UTF-16" }
    if beginning.prefix(4).elementsEqual([0, 0, 0xfe, 0xff]) { return "UTF-32" }
    // Without a byte order mark, the zero bytes of ASCII characters are all on one side.
    let sides = [0, 1].map { side in
      stride(from: side, to: min(beginning.count, 4096), by: 2).count { beginning[$0] == 0 }
    }
    guard sides.max() ?? 0 >= 2, sides.min() == 0 else { return nil }
    let lowSide = sides[0] == 0 ? 0 : 1
    let newline = stride(from: lowSide, to: beginning.count - 1, by: 2).first {
      beginning[$0] == UInt8(ascii: "\n")
    }
    let isWide = newline.map { beginning[lowSide == 0 ? $0 + 1 : $0 - 1] == 0 }
    guard isWide ?? (4 * (sides.max() ?? 0) > min(beginning.count, 4096)) else { return nil }
    return lowSide == 0 ? "UTF-16 (little-endian)" : "UTF-16 (big-endian)"
  }

  /// Returns the best guess of the encoding of a text that is not UTF-8, for a message.
  static func guess(_ text: UnsafeBufferPointer<UInt8>) -> String {
    if text.contains(0) { return "UTF-16" }
    // In GBK, a byte above ASCII begins a pair whose second byte is usually above ASCII too.
    var index = 0
    var pairCount = 0
    while index < text.count {
      if text[index] < 0x80 {
        index += 1
        continue
      }
      guard (0x81...0xfe).contains(text[index]), index + 1 < text.count,
        (0x80...0xfe).contains(text[index + 1])
      else { return "Latin-1 or Windows-1252" }
      pairCount += 1
      index += 2
    }
    return pairCount > 0 ? "GBK" : "Latin-1 or Windows-1252"
  }

  /// Returns the problem of a text that is not UTF-8, with advice.
  static func sentence(_ encoding: String) -> String {
    let name = encoding.split(separator: " ").first.map { $0 == "Latin-1" ? "LATIN1" : String($0) }
    return "the text is not UTF-8, but probably \(encoding); convert the file, such as with "
      + "'iconv -f \(name ?? "") -t UTF-8'"
  }
}

/// Reads a text file in UTF-8, without its byte order mark.
///
/// - Throws: ``Diagnostic`` with the path, if the file cannot be read; with the line and the
///   possible encoding of the text, if it is not UTF-8.
package func readText(_ url: URL) throws -> String {
  let data: Data
  do {
    data = try Data(contentsOf: url)
  } catch {
    throw Diagnostic(cannot: "read", url.path, because: error)
  }
  let bytes = [UInt8](data)
  let (wide, text) = bytes.withUnsafeBufferPointer {
    (TextEncoding.wideEncoding($0), String(validating: $0, as: UTF8.self))
  }
  if let wide { throw Diagnostic("\(url.path): \(TextEncoding.sentence(wide))") }
  if let text { return text.first == "\u{feff}" ? String(text.unicodeScalars.dropFirst()) : text }
  for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    .enumerated() where String(validating: line, as: UTF8.self) == nil
  {
    let guess = line.withUnsafeBufferPointer { TextEncoding.guess($0) }
    throw Diagnostic("\(url.path):\(index + 1): \(TextEncoding.sentence(guess))")
  }
  return String(decoding: bytes, as: UTF8.self)
}
