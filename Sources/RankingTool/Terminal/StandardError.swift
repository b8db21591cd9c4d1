import Configuration
import Foundation

/// Standard error: messages and progress, so that standard output holds results only.
enum StandardError {
  /// Writes one message as a line that begins with the name of the tool.
  static func say(_ sentence: String) { write("aesm2: \(visibleText(sentence))\n") }

  /// Writes text as it is; nothing is lost but the text where that is not possible.
  static func write(_ text: String) { _ = writeAll(text, to: STDERR_FILENO) }
}
