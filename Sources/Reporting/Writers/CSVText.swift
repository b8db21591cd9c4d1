/// Returns lines of fields as CSV, with quotes where they are needed.
func csvText(_ lines: [[String]]) -> String {
  lines.map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
}

/// Returns text as one line that no spreadsheet reads as a formula; numbers are unchanged.
func csvPlain(_ text: String) -> String {
  let line = oneLine(text)
  guard let first = line.first, "=+-@".contains(first), Double(line) == nil else { return line }
  return "'" + line
}

private func quoted(_ field: String) -> String {
  guard field.unicodeScalars.contains(where: { ",\"".unicodeScalars.contains($0) }) else {
    return field
  }
  return "\"" + field.replacing("\"", with: "\"\"") + "\""
}
