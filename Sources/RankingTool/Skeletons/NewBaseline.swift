import ArgumentParser
import Configuration
import Foundation
import Ranking

struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Add the files of a new model to a checkout.",
    discussion: """
      Example:
        aesm2 new baseline my-model
      """,
    subcommands: [NewBaselineCommand.self])
}

struct NewBaselineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline",
    abstract: "Write a working model as a starting point for your own.",
    discussion: """
      The model starts as a copy of shared-bottom: its file in baselines/, its naive reference in the \
      conformance suite, its arrays in docs/weights.md and its lines in four lists. Run it in the \
      root of a checkout; 'make check-model NAME=...' then compiles and checks the model.

      Example:
        aesm2 new baseline apg --title APG
      """)

  @Argument(help: "The id, in kebab case, such as cross-stitch.")
  var name: String

  @Option(help: "The name in tables (default: the name of the Swift type).")
  var title: String?

  func run() throws {
    let skeleton = try blamingCommandLine { try BaselineSkeleton(id: name, title: title) }
    let root = FileManager.default.currentDirectoryPath
    let files = try skeleton.files(in: root)
    for file in files {
      try AtomicFile.write("\(root)/\(file.path)", bytes: file.text.utf8)
    }
    for file in files { print("\(file.isNew ? "wrote" : "changed") \(file.path)") }
    print("next: make check-model NAME=\(name)")
  }
}

/// The files of a new baseline, derived from those of the shared bottom in the same checkout, so
/// that they compile and pass the conformance suite unchanged.
struct BaselineSkeleton {
  /// A file to be written.
  struct File {
    let path: String
    let text: String
    let isNew: Bool
  }

  let id: String
  let title: String

  /// The name of the type and of its file, such as `CrossStitch` for `cross-stitch`.
  var type: String { Self.type(of: id) }

  /// - Throws: ``Diagnostic`` for an invalid or already used id or title.
  init(id: String, title: String?) throws {
    guard id.wholeMatch(of: /[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*/) != nil else {
      let near = Self.kebabCase(id)
      throw Diagnostic(
        "'\(excerpt(id))' cannot be the id of a model, which is in kebab case, such as cross-stitch"
          + (near.isEmpty ? "" : "; did you mean '\(near)'?"))
    }
    let title = title ?? Self.type(of: id)
    guard title.wholeMatch(of: /[^"\\|\p{Cc}]*[^"\\|\s\p{Cc}][^"\\|\p{Cc}]*/) != nil else {
      throw Diagnostic(
        "--title is '\(excerpt(title))', but must be text without quotation marks, backslashes, "
          + "bars and line breaks")
    }
    for card in RankingTool.catalog.entries.map(\.card) where card.id == id || card.title == title {
      throw Diagnostic(
        "there is a model '\(card.id)' with the title '\(card.title)' already")
    }
    self.id = id
    self.title = title
  }

  /// Returns the files to write.
  ///
  /// - Parameter root: The root of a checkout.
  /// - Throws: ``Diagnostic`` if `root` is not a checkout, already has such a model or type, or its
  ///   lists have another form.
  func files(in root: String) throws -> [File] {
    func text(_ path: String) throws -> String {
      guard FileManager.default.fileExists(atPath: "\(root)/\(path)") else {
        throw Diagnostic(
          "there is no \(path) in '\(excerpt(root))': run this in the root of a checkout")
      }
      return String(decoding: try AtomicFile.read("\(root)/\(path)"), as: UTF8.self)
    }
    let references = "Tests/ModelConformanceTests/References"
    let withoutTwin = "Tests/ModelConformanceTests/Twins/ModelsWithoutTwin.swift"
    let new = [
      ("baselines/\(type).swift", try model(from: text("baselines/SharedBottom.swift"))),
      (
        "\(references)/Naive\(type).swift",
        try text("\(references)/NaiveSharedBottom.swift").replacing("SharedBottom", with: type)
      ),
    ]
    let changed = [
      (
        "baselines/Catalog.swift",
        try inserting("  \(type).self,\n", before: "]\n", in: "baselines/Catalog.swift", text)
      ),
      (
        "baselines/README.md",
        try inserting(readmeRow, before: "\n`aesm2 models`", in: "baselines/README.md", text)
      ),
      ("docs/weights.md", try weights(text)),
      (
        "\(references)/References.swift",
        try inserting(
          "  Naive\(type).self,\n", before: "]\n", in: "\(references)/References.swift", text)
      ),
      (
        withoutTwin,
        try inserting(
          "  \"\(id)\": \"It is new.\",\n", before: "]\n", in: withoutTwin, text)
      ),
    ]
    for (path, _) in new where FileManager.default.fileExists(atPath: "\(root)/\(path)") {
      throw Diagnostic("there is a file \(path) already")
    }
    try refuseKnownType(in: root)
    return new.map { File(path: $0.0, text: $0.1, isNew: true) }
      + changed.map { File(path: $0.0, text: $0.1, isNew: false) }
  }

  /// Returns the shared bottom under another name, with a card that says so.
  private func model(from sharedBottom: String) throws -> String {
    let card = #/id: "shared-bottom", title: "[^"]*",( group: "[^"]*",\s+paper: "[^"]*")\)/#
    guard let found = sharedBottom.firstMatch(of: card) else {
      throw Diagnostic("baselines/SharedBottom.swift has no card of the usual form")
    }
    let deviation = "This is the shared bottom, as `aesm2 new baseline` copies it."
    var text = sharedBottom
    text.replaceSubrange(
      found.range,
      with: "id: \"\(id)\", title: \"\(title)\",\(found.1),\n    deviations: [\"\(deviation)\"])")
    return text.replacing("SharedBottom", with: type)
  }

  private var readmeRow: String {
    "| `\(id)` | `\(type).swift` | Caruana, *Multitask learning*, Machine Learning 28, 1997 | The shared "
      + "bottom, as `aesm2 new baseline` copies it |\n"
  }

  /// Returns `docs/weights.md` with a copy of the shared bottom's section, before the section
  /// of AESM².
  private func weights(_ text: (String) throws -> String) throws -> String {
    let path = "docs/weights.md"
    let page = try text(path)
    guard let section = page.firstMatch(of: #/(?s)### shared-bottom\n(.*?\n)### /#) else {
      throw Diagnostic("has no section 'shared-bottom' of the usual form").at(path)
    }
    return try inserting("### \(id)\n\(section.1)", before: "### aesm2\n", in: path) { _ in page }
  }

  private func inserting(
    _ line: String, before mark: String, in path: String, _ text: (String) throws -> String
  ) throws -> String {
    var text = try text(path)
    guard let place = text.range(of: mark) else {
      let shown = mark.trimmingCharacters(in: .whitespacesAndNewlines)
      throw Diagnostic("has no line that begins with '\(shown)'").at(path)
    }
    text.insert(contentsOf: line, at: place.lowerBound)
    return text
  }

  /// Rejects a name of a type declared by a module or by Swift, which the model would hide.
  private func refuseKnownType(in root: String) throws {
    let sentence = "the type of '\(id)' would be \(type), which"
    if Self.swiftTypes.contains(type) { throw Diagnostic("\(sentence) Swift has already") }
    let declaration = try Regex(
      #"(?m)^\s*((public|package|final|private|indirect) )*"#
        + #"(class|struct|enum|protocol|actor|typealias) \#(type)\b"#)
    for folder in ["Sources", "baselines"] {
      let names = FileManager.default.enumerator(atPath: "\(root)/\(folder)")
      let paths = names?.compactMap { $0 as? String }.sorted() ?? []
      for path in paths where path.hasSuffix(".swift") {
        let text = String(decoding: try AtomicFile.read("\(root)/\(folder)/\(path)"), as: UTF8.self)
        if text.contains(declaration) {
          throw Diagnostic("\(sentence) \(folder)/\(path) declares already")
        }
      }
      if FileManager.default.fileExists(atPath: "\(root)/\(folder)/\(type)") {
        throw Diagnostic("\(sentence) is the name of the module \(folder)/\(type)")
      }
    }
  }

  /// Types of the standard library that are used in models.
  private static let swiftTypes: Set = [
    "Any", "Array", "Bool", "Character", "Dictionary", "Double", "Error", "Float", "Int", "Never",
    "Optional", "Protocol", "Range", "Result", "Self", "Sequence", "Set", "String", "Type", "Void",
  ]

  private static func type(of id: String) -> String {
    id.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// Returns the words of a name in kebab case; empty if the result is not a valid id.
  private static func kebabCase(_ name: String) -> String {
    let words = name.prefix(80).replacing(#/([a-z0-9])([A-Z])/#) { "\($0.1)-\($0.2)" }.lowercased()
      .split { !$0.isASCII || !($0.isLetter || $0.isNumber) }
    return words.allSatisfy { $0.first?.isLetter == true } ? words.joined(separator: "-") : ""
  }
}
