import Configuration
import Experiments
import Foundation

/// Returns text broken at spaces into lines of at most `width` columns.
///
/// - Parameters:
///   - indent: The spaces in front of every line.
///   - hanging: More spaces in front of every line but the first.
func wrapped(_ text: String, width: Int, indent: Int = 0, hanging: Int = 0) -> String {
  var lines: [String] = []
  var line = ""
  for word in text.split(whereSeparator: \.isWhitespace) {
    let room = width - indent - (lines.isEmpty ? 0 : hanging)
    if !line.isEmpty, line.count + 1 + word.count > room {
      lines.append(line)
      line = ""
    }
    line += line.isEmpty ? String(word) : " \(word)"
  }
  lines.append(line)
  return lines.enumerated().map { index, line in
    String(repeating: " ", count: indent + (index == 0 ? 0 : hanging)) + line
  }.joined(separator: "\n")
}

/// Returns text as it is printed: without anything that would steer the terminal, and with sentences
/// and lists broken at the width of the window, where there is one (or `COLUMNS` says how wide).
///
/// Lines of a table, which have more than one space between words, stay whole.
func printable(_ text: String) -> String {
  let hasWidth =
    isatty(STDOUT_FILENO) == 1 || ProcessInfo.processInfo.environment["COLUMNS"] != nil
  let width = terminalWidth()
  return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
    let line = visibleText(String(line))
    guard hasWidth, line.count > width, !line.contains("  ") else { return line }
    return wrapped(line, width: width, hanging: 2)
  }.joined(separator: "\n")
}
