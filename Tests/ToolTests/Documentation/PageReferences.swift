import AESM2
import Baselines
import DatasetImport
import Foundation
import Ranking
import SyntheticData
import TestKit
import Training

/// The commands, options, settings and files that a page names in running text.
struct PageReferences {
  let page: MarkdownPage
  let root = DataFolder.packageRoot

  /// What the page names that does not exist, one sentence each, with place.
  func problems() throws -> [String] {
    let tool = try ToolCommand.tool.get()
    let targets = try String(contentsOf: root.appendingPathComponent("Makefile"), encoding: .utf8)
      .matches(of: /(?m)^([a-z-]+):/).map { String($0.1) }
    let scripts = try scriptTexts()
    func fault(_ span: String) -> String? {
      let words = span.split(separator: " ").map(String.init)
      guard let first = words.first else { return nil }
      if first == "aesm2", words.count > 1 {
        return tool.unknown(in: words.dropFirst().joined(separator: " ")).map {
          "the tool has no '\($0)'"
        }
      }
      if first == "make", words.count > 1 {
        return targets.contains(words[1]) ? nil : "the Makefile has no target '\(words[1])'"
      }
      if first.hasPrefix("--"), first.count > 2 {
        let name = first.dropFirst(2).prefix { $0 != "=" }
        return tool.options.contains(String(name)) || scripts.contains("--\(name)")
          ? nil : "neither the tool nor a script has the option"
      }
      if let setting = span.wholeMatch(of: /([a-z]+[A-Z][A-Za-z]*)(=|: )\S+/) {
        return Self.settings.contains(String(setting.1))
          ? nil : "no model or trainer has the setting"
      }
      return isPath(span) && !exists(span) ? "there is no such file" : nil
    }
    let inText = page.codeSpans.compactMap { span in
      fault(span.text).map { "\(page.path):\(span.line): `\(span.text)`: \($0)" }
    }
    let links = page.links.filter { !$0.text.contains("://") && !$0.text.hasPrefix("#") }
      .filter { !exists(String($0.text.prefix { $0 != "#" })) }
      .map { "\(page.path):\($0.line): the link leads to no file: \($0.text)" }
    return inText + links
  }

  /// The names of all settings, those of specifications that are written like them included.
  private static let settings: Set<String> = {
    let models = Catalog(baselineCatalog + [AESM2.self]).entries.flatMap { $0.settings.map(\.name) }
    let synthetic = SyntheticRecipe.all.flatMap { $0.settings.map(\.name) }
    return Set(
      models + TrainingOptions.settings.map(\.name) + synthetic + ["budgetNote"]
        + DatasetSchema.renamedKeys.values)
  }()

  /// Whether a span is meant as a path in the package.
  private func isPath(_ span: String) -> Bool {
    guard span.wholeMatch(of: /[A-Za-z0-9_.\/+-]+/) != nil else { return false }
    if span.contains("Your") || span.contains("/.") { return false }  // An example, a made folder.
    let parts = span.split(separator: "/").map(String.init)
    guard parts.count > 1 else { return span.contains(/\.(swift|yaml|py)$/) && span.first != "." }
    let folders = ["docs", "experiments", "results", "Sources", "Tests", "baselines", "benchmarks"]
    return folders.contains(parts[0]) || span.contains(/\.(swift|yaml|md|py|c|h)$/)
  }

  /// Whether a path leads somewhere from the page, the root, or a folder below the page's.
  private func exists(_ path: String) -> Bool {
    let place = root.appendingPathComponent(page.path).deletingLastPathComponent()
    let near = [root, place, root.appendingPathComponent("experiments")]
    if near.contains(where: {
      FileManager.default.fileExists(atPath: $0.appendingPathComponent(path).path)
    }) {
      return true
    }
    return Self.names.contains { $0.hasSuffix("/\(path)") }
  }

  /// The paths of all files of the package that pages speak of.
  private static let names: [String] = [
    "Sources", "baselines", "Tests", "experiments", "docs", "benchmarks",
  ]
  .flatMap { folder -> [String] in
    let root = DataFolder.packageRoot.appendingPathComponent(folder).path
    return (FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? [])
      .map { "\(folder)/\($0)" }
  }

  private func scriptTexts() throws -> String {
    let folder = root.appendingPathComponent("benchmarks")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".py") }.sorted().map { folder.appendingPathComponent($0) }
    return try (files + [root.appendingPathComponent("Makefile")])
      .map { try String(contentsOf: $0, encoding: .utf8) }.joined()
  }
}
