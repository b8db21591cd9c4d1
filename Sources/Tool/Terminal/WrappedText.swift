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
