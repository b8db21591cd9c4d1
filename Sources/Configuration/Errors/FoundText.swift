/// Returns external text in printable form, with escapes for characters that are invisible or would
/// control a terminal.
///
/// Line breaks, tabs and the escape character become `\n`, `\t`, `\u{1b}`; so do all other control
/// and format characters (including zero-width spaces and those that change the writing direction),
/// and every kind of space except the plain one. Everything else is unchanged.
public func visibleText(_ text: String) -> String {
  if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return text }
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    if isVisible(scalar) {
      result.append(scalar)
    } else {
      result.append(contentsOf: escape(of: scalar).unicodeScalars)
    }
  }
  return String(result)
}

/// Returns text found in input in a form suitable for messages: visible, and truncated after
/// `limit` characters, followed by its full length.
public func excerpt(_ text: String, limit: Int = 80) -> String {
  // A cheap check suffices for all texts that are short whatever their content.
  guard text.utf8.count > limit,
    let end = text.unicodeScalars.index(
      text.startIndex, offsetBy: limit, limitedBy: text.endIndex), end < text.endIndex
  else { return visibleText(text) }
  return visibleText(String(text.unicodeScalars[..<end])) + "… (\(text.utf8.count) bytes)"
}

/// Returns the sentence of an error in printable form: visible, and without its middle if input
/// made it longer than 4,000 characters.
public func printableSentence(_ sentence: String) -> String {
  guard sentence.utf8.count > 4000 else { return visibleText(sentence) }
  let scalars = sentence.unicodeScalars
  return visibleText(String(scalars.prefix(3000))) + "…" + visibleText(String(scalars.suffix(1000)))
}

/// Returns the visible form of a name in a table: without invisible characters, without spaces at
/// its ends, and with one plain space for any run of spaces.
///
/// A reader cannot distinguish two names with the same printed form.
public func printedForm(_ name: String) -> String {
  if name.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }) { return name }
  var result = String.UnicodeScalarView()
  var hasSpace = false
  for scalar in name.unicodeScalars {
    if scalar.properties.isWhitespace {
      hasSpace = true
    } else if isVisible(scalar) || scalar.properties.isVariationSelector {
      if hasSpace, !result.isEmpty { result.append(" ") }
      hasSpace = false
      if !scalar.properties.isDefaultIgnorableCodePoint { result.append(scalar) }
    }
  }
  return String(result)
}

/// Checks that a reader of a table can see all names and tell them apart, and that none has more
/// than 200 characters.
///
/// - Parameters:
///   - kind: The kind of thing named, such as `scenario`.
///   - names: The names.
/// - Throws: ``Diagnostic`` that quotes the names with escapes for invisible characters.
public func checkNamesDiffer(_ kind: String, _ names: [String]) throws {
  var seen: [String: String] = [:]
  for name in names {
    let form = printedForm(name)
    guard !form.isEmpty else {
      throw Diagnostic(
        "the \(kind) '\(excerpt(name))' has a name of which nothing is seen when it is printed")
    }
    guard name.unicodeScalars.prefix(201).count <= 200 else {
      throw Diagnostic(
        "the \(kind) '\(excerpt(name))' has a name that is too long: at most 200 characters are printed"
      )
    }
    guard let other = seen.updateValue(name, forKey: form) else { continue }
    throw Diagnostic(
      other == name
        ? "two \(kind)s are called '\(excerpt(name))'"
        : "the \(kind)s '\(excerpt(other))' and '\(excerpt(name))' look the same when they are printed"
    )
  }
}

private func isVisible(_ scalar: Unicode.Scalar) -> Bool {
  if scalar.isASCII { return (0x20..<0x7f).contains(scalar.value) }
  switch scalar.properties.generalCategory {
  case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator, .spaceSeparator:
    return false
  default:
    return !scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.isVariationSelector
  }
}

private func escape(of scalar: Unicode.Scalar) -> String {
  switch scalar {
  case "\n": "\\n"
  case "\r": "\\r"
  case "\t": "\\t"
  default: "\\u{\(String(scalar.value, radix: 16))}"
  }
}
