import Foundation

/// What the tests read of a Markdown page: code blocks, code spans and links.
struct MarkdownPage {
  /// A fenced block.
  struct Block {
    /// The line of the opening fence.
    var line: Int
    /// The language after the fence, such as `sh`.
    var language: String
    /// The `<!-- test: … -->` comments on the lines before, in order, without their frame.
    var directives: [String]
    /// What is between the fences.
    var text: String
  }

  /// Something within a line.
  struct Span {
    var line: Int
    var text: String
  }

  /// The path of the page in the package.
  let path: String
  private(set) var blocks: [Block] = []
  /// Texts between single backticks, outside of blocks.
  private(set) var codeSpans: [Span] = []
  /// Targets of links, outside of blocks.
  private(set) var links: [Span] = []
  /// What is wrong with the page itself, as `line: sentence`.
  private(set) var problems: [String] = []

  /// Reads a page.
  init(path: String, text: String) {
    self.path = path
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var directives: [Span] = []
    var inList = false
    var index = 0
    while index < lines.count {
      let line = lines[index]
      let bare = line.trimmingCharacters(in: .whitespaces)
      index += 1
      if bare.hasPrefix("```") {
        var block = Block(
          line: index, language: String(bare.dropFirst(3)).trimmingCharacters(in: .whitespaces),
          directives: directives.map(\.text), text: "")
        let indent = line.prefix { $0 == " " }.count
        directives = []
        while index < lines.count,
          lines[index].trimmingCharacters(in: .whitespaces) != "```"
        {
          block.text += lines[index].dropFirst(min(indent, lines[index].prefix { $0 == " " }.count))
          block.text += "\n"
          index += 1
        }
        if index == lines.count { problems.append("\(block.line): the block has no end") }
        index += 1
        blocks.append(block)
        continue
      }
      if let directive = bare.wholeMatch(of: /<!-- test: (.+) -->/) {
        directives.append(Span(line: index, text: String(directive.1)))
        continue
      }
      if bare.isEmpty { continue }
      for unused in directives {
        problems.append("\(unused.line): no block follows '\(unused.text)'")
      }
      directives = []
      let startsItem = bare.firstMatch(of: #/^([-*]|\d+\.) /#) != nil
      inList = startsItem || (inList && line.hasPrefix(" "))
      let startsParagraph = index < 2 || lines[index - 2].trimmingCharacters(in: .whitespaces) == ""
      if startsParagraph, line.hasPrefix("    "), !inList {
        problems.append("\(index): an indented block; use fences, which name the language")
      }
      codeSpans += line.matches(of: /`([^`]+)`/).map { Span(line: index, text: String($0.1)) }
      links += line.matches(of: /\]\(([^)\s]+)\)/).map { Span(line: index, text: String($0.1)) }
    }
    for unused in directives {
      problems.append("\(unused.line): no block follows '\(unused.text)'")
    }
  }
}

extension MarkdownPage {
  /// Reads a page of the package.
  init(_ path: String, in root: URL) throws {
    self.init(
      path: path, text: try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8))
  }

  /// The pages that people read: those at the root, in `docs/`, and every folder's README.
  static func paths(in root: URL) throws -> [String] {
    let manager = FileManager.default
    func pages(_ folder: String, where isWanted: (String) -> Bool) throws -> [String] {
      try manager.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path)
        .filter { $0.hasSuffix(".md") && isWanted($0) }.map {
          folder.isEmpty ? $0 : "\(folder)/\($0)"
        }
    }
    let readmes = try ["", "Sources", "experiments"].flatMap { parent in
      try manager.contentsOfDirectory(atPath: root.appendingPathComponent(parent).path)
        .filter { !$0.hasPrefix(".") }.map { "\(parent)/\($0)/README.md".trimmingPrefix("/") }
        .map(String.init)
        .filter { manager.fileExists(atPath: root.appendingPathComponent($0).path) }
    }
    return try (pages("") { _ in true } + pages("docs") { _ in true } + readmes).sorted()
  }
}
