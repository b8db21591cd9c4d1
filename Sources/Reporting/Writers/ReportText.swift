import Configuration

/// Returns text as one line that shows all it has: line breaks become spaces, all else that does not
/// show becomes an escape; see `visibleText`.
func oneLine(_ text: String) -> String {
  if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return text }
  var scalars = String.UnicodeScalarView()
  var followsReturn = false
  for scalar in text.unicodeScalars {
    let isBreak = scalar.properties.isWhitespace && Character(scalar).isNewline
    if isBreak {
      if !(followsReturn && scalar == "\n") { scalars.append(" ") }
    } else {
      scalars.append(scalar)
    }
    followsReturn = scalar == "\r"
  }
  return visibleText(String(scalars))
}
