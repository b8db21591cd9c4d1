/// Returns text that comes from outside in a form that can be printed: characters that do not show,
/// or that would steer a terminal, are written as escapes.
///
/// Line breaks, tabs and the escape character become `\n`, `\t`, `\u{1b}`; so do all other control and
/// format characters (among them zero-width spaces and those that turn the direction of writing), and
/// every kind of space but the plain one. Everything else stays as it is.
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

/// Returns text that was found in input as a message may quote it: visible, and cut after `limit`
/// characters, with its whole length behind the cut.
public func excerpt(_ text: String, limit: Int = 80) -> String {
  // A cheap look decides for all texts that are short whatever they are made of.
  guard text.utf8.count > limit,
    let end = text.unicodeScalars.index(
      text.startIndex, offsetBy: limit, limitedBy: text.endIndex), end < text.endIndex
  else { return visibleText(text) }
  return visibleText(String(text.unicodeScalars[..<end])) + "… (\(text.utf8.count) bytes)"
}

/// Returns the sentence of an error in a form that can be printed: visible, and without its middle
/// where input made it longer than 4,000 characters.
public func printableSentence(_ sentence: String) -> String {
  guard sentence.utf8.count > 4000 else { return visibleText(sentence) }
  let scalars = sentence.unicodeScalars
  return visibleText(String(scalars.prefix(3000))) + "…" + visibleText(String(scalars.suffix(1000)))
}

/// Returns what is seen of a name in a table: without characters that do not show, without spaces at
/// its ends, and with one plain space for any run of spaces.
///
/// Two names with one printed form cannot be told apart by a reader.
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

/// Throws where a reader of a table could not tell two of some names apart, could not see one, or would
/// see nothing else: names have at most 200 characters.
///
/// - Parameters:
///   - kind: The kind of thing that is named, such as `scenario`.
///   - names: The names.
/// - Throws: ``Diagnostic`` that quotes the names with escapes for what does not show.
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
