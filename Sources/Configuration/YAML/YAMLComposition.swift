import Yams

/// Parses a YAML text, rejecting aliases that expand to an unreasonable size and nesting that is
/// too deep.
///
/// - Parameter file: The name of the file in messages; nil for text that is not from a file.
/// - Throws: ``Diagnostic`` that begins with the file and, if known, the line.
func composeYAML(_ text: String, file: String?) throws -> Node {
  do {
    guard let root = try Yams.compose(yaml: text) else {
      throw Diagnostic("is empty").at(file ?? "the text")
    }
    try locating(file ?? "the text") { try checkBounds(of: root) }
    return root
  } catch let error as YamlError {
    throw diagnostic(error, in: text, file: file)
  }
}

private func checkBounds(of root: Node) throws {
  let (nodeLimit, depthLimit) = (100_000, 100)
  var count = 0
  func visit(_ node: Node, depth: Int) throws {
    count += 1
    guard count <= nodeLimit else {
      throw Diagnostic("has over 100,000 values when its aliases are written out")
    }
    guard depth <= depthLimit else {
      throw Diagnostic("is nested deeper than \(depthLimit) levels")
    }
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        try visit(key, depth: depth + 1)
        try visit(value, depth: depth + 1)
      }
    case .sequence(let sequence):
      for element in sequence { try visit(element, depth: depth + 1) }
    case .scalar, .alias: break
    }
  }
  try visit(root, depth: 0)
}

/// Returns a diagnostic for a YAML error with the place, the problem and its likely cause.
private func diagnostic(_ error: YamlError, in text: String, file: String?) -> Diagnostic {
  func at(_ position: String, _ problem: String) -> Diagnostic {
    Diagnostic(problem).at(file.map { $0 + position } ?? "'\(excerpt(text))'")
  }
  switch error {
  case .scanner(let context, let problem, let mark, _),
    .parser(let context, let problem, let mark, _),
    .composer(let context, let problem, let mark, _):
    let cause = likelyCause(problem, line: mark.line, since: context?.mark.line, in: text)
    return at(
      ":\(mark.line):\(mark.column)", "is not YAML: \(problem)\(cause.map { "; \($0)" } ?? "")")
  case .duplicatedKeysInMapping(let duplicates, let context):
    let names = duplicates.map { "'\(excerpt($0))'" }.joined(separator: ", ")
    return at(":\(context.mark.line)", "the key \(names) occurs twice")
  case .reader(let problem, _, _, _): return at("", "is not YAML: \(problem)")
  default: return at("", "is not YAML")
  }
}

/// Guesses the author's mistake from the indentation of the lines up to the one that cannot be
/// read.
private func likelyCause(_ problem: String, line: Int, since first: Int?, in text: String)
  -> String?
{
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  let last = min(line, lines.count)
  func indent(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }
  func isText(_ line: Substring) -> Bool {
    let start = line.drop { $0 == " " || $0 == "\t" }
    return !start.isEmpty && !start.hasPrefix("#")
  }
  for number in [last, last - 1] where number >= 1 {
    if lines[number - 1].prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
      return "line \(number) is indented with a tab, but YAML takes spaces only"
    }
  }
  if problem.contains("',' or") {
    return first.map { "a bracket that is opened in line \($0) may not be closed" }
  }
  guard last >= 1 else { return nil }
  let own = indent(lines[last - 1])
  let above = lines[..<(last - 1)].last(where: isText).map { (indent($0), $0) }
  if let (indentAbove, lineAbove) = above, own != indentAbove, isText(lines[last - 1]) {
    let levels = Set(lines[..<(last - 1)].filter(isText).map(indent))
    if !levels.contains(own) || (own > indentAbove && !lineAbove.hasSuffix(":")) {
      return "its line is indented by \(own) spaces, the one above by \(indentAbove): keys of one "
        + "mapping must have the same indentation"
    }
  }
  if problem.contains("mapping values") {
    return "a text that holds ': ' needs quotes, and a key a line of its own"
  }
  return nil
}
