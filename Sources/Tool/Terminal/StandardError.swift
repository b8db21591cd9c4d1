import Foundation
import Ranking

/// Standard error: messages and progress, so that standard output holds results only.
enum StandardError {
  /// Writes one message as a line that begins with the name of the tool.
  static func say(_ sentence: String) { write("aesm2: \(visibleText(sentence))\n") }

  /// Writes text as it is.
  static func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes {
        Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
