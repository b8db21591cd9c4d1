/// Returns the approximate width of a text in pixels: a layout must not depend on the fonts of a
/// machine.
///
/// The widths are those of DejaVu Sans, which is wider than most, rounded to classes of letters.
func textWidth(_ text: String, size: Double = 12) -> Double {
  text.unicodeScalars.reduce(0) { $0 + width($1) } * size
}

/// Returns a text that is at most as wide as given, with an ellipsis for what is left out.
func fitted(_ text: String, to width: Double, size: Double = 12) -> String {
  guard textWidth(text, size: size) > width else { return text }
  var result = text
  while !result.isEmpty, textWidth(result + "…", size: size) > width { result.removeLast() }
  return result + "…"
}

private func width(_ scalar: Unicode.Scalar) -> Double {
  switch scalar {
  case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!": 0.32
  case "f", "t", "r", "(", ")", "[", "]", "-", "/", " ": 0.4
  case "m", "w", "M", "W", "@", "%": 0.95
  case "A"..."Z": 0.7
  case _ where scalar.value >= 0x1100 && scalar.properties.isAlphabetic: 1
  default: 0.62
  }
}
