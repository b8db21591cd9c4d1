import AESM2
import Baselines
import DatasetImport
import Experiments
import Foundation
import Ranking
import TestKit
import Training

/// Runs what a page shows, and says what does not work.
struct PageJudge {
  let page: MarkdownPage
  /// What does not work, one sentence each, with place.
  private(set) var problems: [String] = []
  /// Blocks that were not tried, with place and reason.
  private(set) var skipped: [String] = []

  init(_ page: MarkdownPage) throws {
    self.page = page
    problems = page.problems.map { "\(page.path):\($0)" }
    guard !page.blocks.isEmpty else { return }
    try PageFolder.with { folder in
      for block in page.blocks { try judge(block, in: folder) }
    }
  }

  private mutating func judge(_ block: MarkdownPage.Block, in folder: PageFolder) throws {
    let treatment: BlockTreatment
    do {
      treatment = try BlockTreatment(block)
    } catch let error as BlockTreatment.Unknown {
      return report(block, error.reason)
    }
    switch treatment {
    case .skipped(let reason): skipped.append("\(page.path):\(block.line): \(reason)")
    case .prose: break
    case .file(let name): try folder.write(block.text, to: name)
    case .run(let script): try run(block, script, in: folder)
    case .console(let script): try compare(block, script, in: folder)
    case .python: try runPython(block, in: folder)
    case .quotation(let path): try findQuotation(block, path: path)
    case .schema(let isPart):
      let text = isPart ? Self.completed(block.text, from: Self.schemaBase) : block.text
      let path = page.path
      catching(block) { _ = try DatasetSchema(yaml: text, file: path) }
    case .specification(let isPart):
      let text = isPart ? Self.completed(block.text, from: Self.specificationBase) : block.text
      try folder.write(text, to: ".specification.yaml")
      let file = folder.folder.appendingPathComponent(".specification.yaml").path
      catching(block) { _ = try Self.specification(contentsOf: file) }
    }
  }

  private mutating func run(
    _ block: MarkdownPage.Block, _ script: BlockTreatment.Script, in folder: PageFolder
  ) throws {
    let text = script.commands(of: block.text)
    let outcome = try folder.run((script.preparation + [text]).joined(separator: "\n"))
    if outcome.status != script.status { report(block, outcome.output.suffix(2000)) }
  }

  /// Runs the commands of a console block one by one; `…` in what they are to print stands for
  /// anything.
  private mutating func compare(
    _ block: MarkdownPage.Block, _ script: BlockTreatment.Script, in folder: PageFolder
  ) throws {
    let preparation = try folder.run(script.preparation.joined(separator: "\n"))
    if preparation.status != 0 { report(block, preparation.output) }
    for part in "\n\(block.text)".components(separatedBy: "\n$ ").dropFirst() {
      let lines = part.components(separatedBy: "\n")
      let outcome = try folder.run(script.commands(of: lines[0]))
      let shown = lines.dropFirst().joined(separator: "\n")
      if outcome.status != script.status || !outcome.output.fits(shown) {
        report(block, "'\(lines[0])' printed\n\(outcome.output)where the page shows\n\(shown)")
      }
    }
  }

  private mutating func runPython(_ block: MarkdownPage.Block, in folder: PageFolder) throws {
    guard try folder.run("python3 -c 'import numpy'").status == 0 else {
      skipped.append("\(page.path):\(block.line): Python with NumPy is not installed")
      return
    }
    try folder.write(block.text, to: ".block.py")
    let outcome = try folder.run("python3 .block.py")
    if outcome.status != 0 { report(block, outcome.output) }
  }

  private mutating func findQuotation(_ block: MarkdownPage.Block, path: String) throws {
    func bare(_ text: String) -> [Substring] {
      text.split(separator: "\n").map { $0[...].trimmingPrefix { $0 == " " } }
    }
    let source = try String(
      contentsOf: DataFolder.packageRoot.appendingPathComponent(path), encoding: .utf8)
    var rest = bare(source)[...]
    for line in bare(block.text) {
      guard let place = rest.firstIndex(where: { $0.contains(line) }) else {
        return report(block, "\(path) has no such line, or not in this order: \(line)")
      }
      rest = rest[(place + 1)...]
    }
  }

  private mutating func report(_ block: MarkdownPage.Block, _ sentence: some StringProtocol) {
    problems.append("\(page.path):\(block.line): \(sentence)")
  }

  private mutating func catching(_ block: MarkdownPage.Block, _ body: () throws -> Void) {
    do { try body() } catch { report(block, "\(error)") }
  }
}

extension PageJudge {
  private static let schemaBase = """
    name: example
    sources: [{file: log.csv}]
    scenarios: [page]
    tasks: [click]
    split: {test: {hash: row, share: 0.1}, validation: {hash: row, share: 0.1}}
    features: {categorical: [user]}
    """

  private static let specificationBase = """
    id: example
    dataset: {cache: data}
    models: [{id: mmoe}]
    """

  /// Returns some keys of a file together with those of `base` that are not among them.
  private static func completed(_ part: String, from base: String) -> String {
    let lines = base.split(separator: "\n").filter { line in
      let key = line.prefix { $0 != ":" }
      return !part.split(separator: "\n").contains { $0.hasPrefix(key + ":") }
    }
    return lines.joined(separator: "\n") + "\n" + part
  }

  private static func specification(contentsOf path: String) throws -> ExperimentSpecification {
    try ExperimentSpecification(
      contentsOf: path, catalog: Catalog(baselineCatalog + [AESM2.self]),
      training: SettingsSchema(trainer: TrainingOptions.self))
  }
}

extension BlockTreatment.Script {
  /// Returns commands with all replacements made.
  fileprivate func commands(of text: String) -> String {
    replacements.reduce(text) { $0.replacing($1.old, with: $1.new) }
  }
}

extension String {
  /// Whether the text is what a page shows: numbers of blanks do not count, and `…` in the page
  /// stands for anything.
  func fits(_ shown: String) -> Bool {
    func plain(_ text: String) -> String {
      text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    var rest = plain(self)[...]
    let pieces = plain(shown).components(separatedBy: "…")
      .map { $0.trimmingCharacters(in: .whitespaces) }
    guard let first = pieces.first, rest.hasPrefix(first) else { return false }
    if pieces.count == 1 { return rest == first }
    rest = rest.dropFirst(first.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let range = rest.range(of: piece) else { return false }
      rest = rest[range.upperBound...]
    }
    return rest.hasSuffix(pieces.last ?? "")
  }
}
