import Yams

/// Returns what is wrong with a YAML text: line, column, problem, and what is likely to have caused it.
package func yamlSentence(_ error: YamlError, in text: String) -> String {
  switch error {
  case .scanner(let context, let problem, let mark, _),
    .parser(let context, let problem, let mark, _),
    .composer(let context, let problem, let mark, _):
    let cause = likelyCause(problem, line: mark.line, since: context?.mark.line, in: text)
    return "line \(mark.line), column \(mark.column): \(problem)\(cause.map { "; \($0)" } ?? "")"
  case .duplicatedKeysInMapping(let duplicates, let context):
    let names = duplicates.map { "'\(excerpt($0))'" }.joined(separator: ", ")
    return "line \(context.mark.line): the key \(names) occurs twice"
  case .reader(let problem, _, _, _): return problem
  default: return "the text could not be read"
  }
}

/// Guesses at what a writer did wrong, from the indentation of the lines up to the one that cannot be
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
