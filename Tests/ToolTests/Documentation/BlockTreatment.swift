/// What the tests do with a block of a page, as its language and the comments before it say.
///
/// Comments have the form `<!-- test: DIRECTIVE -->`, one directive each, on the lines before the fence:
///
///     skip: REASON                 not run; every skip is counted
///     replace A -> B (REASON)      in `sh` and `console`: run with B in place of A
///     prepare: COMMAND             in `sh` and `console`: run before, in the same folder
///     ends with N                  in `sh`: the exit status of the block is N, not 0
///     schema, schema part          in `yaml`: read as a schema, or as some keys of one
///     specification, specification part
///     quoted from PATH             in `swift` and `yaml`: the lines stand in that file, in this order
///     file NAME                    written into the page's folder, for the blocks that follow
enum BlockTreatment: Equatable {
  case skipped(reason: String)
  case run(Script)
  /// Like `run`, with commands after `$ ` and what they print on the lines below.
  case console(Script)
  case schema(isPart: Bool)
  case specification(isPart: Bool)
  case quotation(path: String)
  case file(name: String)
  /// Python with NumPy, run where that is installed.
  case python
  /// Formulas, listings, output, and queries, which `SQLiteTests` runs: nothing that is run here.
  case prose

  /// How the commands of a block are run.
  struct Script: Equatable {
    var preparation: [String] = []
    var replacements: [Replacement] = []
    var status: Int32 = 0
  }

  /// A change of the commands of a block that makes them fit for a test.
  struct Replacement: Equatable {
    var old: String
    var new: String
    var reason: String
  }

  /// Why a block cannot be treated.
  struct Unknown: Error {
    var reason: String
  }

  /// - Throws: ``Unknown``.
  init(_ block: MarkdownPage.Block) throws {
    var script = Script()
    var other: BlockTreatment?
    for directive in block.directives {
      if let skip = directive.wholeMatch(of: /skip: (.+)/) {
        other = .skipped(reason: String(skip.1))
      } else if let replace = directive.wholeMatch(of: /replace (.+) -> (.+) \((.+)\)/) {
        let new = Replacement(
          old: String(replace.1), new: String(replace.2), reason: String(replace.3))
        guard block.text.contains(new.old) else {
          throw Unknown(reason: "'\(new.old)', which is to be replaced, does not occur")
        }
        script.replacements.append(new)
      } else if let prepare = directive.wholeMatch(of: /prepare: (.+)/) {
        script.preparation.append(String(prepare.1))
      } else if let status = directive.wholeMatch(of: /ends with (\d+)/) {
        script.status = Int32(status.1) ?? 0
      } else if let quoted = directive.wholeMatch(of: /quoted from (\S+)/) {
        other = .quotation(path: String(quoted.1))
      } else if let file = directive.wholeMatch(of: /file (\S+)/) {
        other = .file(name: String(file.1))
      } else if directive == "schema" || directive == "schema part" {
        other = .schema(isPart: directive.hasSuffix("part"))
      } else if directive == "specification" || directive == "specification part" {
        other = .specification(isPart: directive.hasSuffix("part"))
      } else {
        throw Unknown(reason: "unknown directive '\(directive)'")
      }
    }
    if script != Script(), other != nil || !["sh", "console"].contains(block.language) {
      throw Unknown(reason: "directives that do not go together: \(block.directives)")
    }
    self = try other ?? Self.treatment(of: block, script)
  }

  private static func treatment(of block: MarkdownPage.Block, _ script: Script) throws -> Self {
    switch block.language {
    case "sh": return .run(script)
    case "console":
      guard block.text.hasPrefix("$ ") else {
        throw Unknown(reason: "a console block begins with '$ ' and a command")
      }
      return .console(script)
    case "python": return .python
    case "sql": return .prose
    case "text":
      let command = #/^\s*(\$ |aesm2 |make |swift )/#
      if let line = block.text.split(separator: "\n").first(where: { $0.contains(command) }) {
        throw Unknown(reason: "a command in a text block, which nothing runs: \(line)")
      }
      return .prose
    case "yaml":
      throw Unknown(
        reason: "a yaml block needs <!-- test: … --> before it: schema, specification (each also "
          + "with 'part'), quoted from PATH, file NAME, or skip: REASON")
    case "swift":
      throw Unknown(reason: "a swift block needs <!-- test: quoted from PATH --> before it")
    case let other:
      throw Unknown(
        reason:
          "blocks of '\(other)' are not known (known: sh, console, yaml, swift, python, sql, text)"
      )
    }
  }
}
