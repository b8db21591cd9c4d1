import Foundation
import TestKit
import Testing

/// What pages and help texts show is what works.
@Suite struct DocumentationTests {
  static let pages = (try? MarkdownPage.paths(in: DataFolder.packageRoot)) ?? []

  @Test(arguments: pages)
  func everyCommandAndFileThatAPageShowsWorks(path: String) throws {
    let judge = try PageJudge(try MarkdownPage(path, in: DataFolder.packageRoot))
    for problem in judge.problems { Issue.record("\(problem)") }
  }

  /// What changes, such as the list of changes, speaks of what is gone.
  @Test(arguments: pages.filter { $0 != "CHANGELOG.md" })
  func everyCommandSettingAndFileThatAPageNamesExists(path: String) throws {
    let references = PageReferences(page: try MarkdownPage(path, in: DataFolder.packageRoot))
    for problem in try references.problems() { Issue.record("\(problem)") }
  }

  /// Tables that a page takes from `results/`, between comments that name the file.
  @Test func numbersOfTheFirstPageAreThoseOfItsTables() throws {
    func text(_ path: String) throws -> String {
      try String(contentsOf: DataFolder.packageRoot.appendingPathComponent(path), encoding: .utf8)
    }
    func rows(_ text: Substring) -> [[String]] {
      text.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| ---") }.map {
        $0.split(separator: "|").map {
          $0.replacing(#/\*\*|</?u>|,/#, with: "").trimmingCharacters(in: .whitespaces)
        }
      }
    }
    let quotations = try text("README.md")
      .matches(of: #/(?s)<!-- \w+: begin — from (\S+) -->(.*?)<!-- \w+: end -->/#)
    #expect(!quotations.isEmpty)
    for quotation in quotations {
      let known = rows(try text(String(quotation.1))[...])
      let shown = rows(quotation.2).dropFirst()
      #expect(shown.count >= 4)
      for row in shown {
        let cells = Set(known.filter { $0.first == row.first }.flatMap { $0 })
        for cell in row where !cells.contains(cell) {
          Issue.record("\(quotation.1) has no \(cell) for \(row[0])")
        }
      }
    }
  }

  @Test func thereAreThePagesThatReadersStartFrom() {
    for page in ["README.md", "CONTRIBUTING.md", "docs/protocol.md", "Sources/Training/README.md"] {
      #expect(Self.pages.contains(page))
    }
  }

  /// A block that is not run needs a reason here as well as on its page.
  @Test func fewBlocksAreSkipped() throws {
    let skips = try Self.pages.flatMap { path in
      try MarkdownPage(path, in: DataFolder.packageRoot).blocks.compactMap { block -> String? in
        guard case .skipped(let reason)? = try? BlockTreatment(block) else { return nil }
        return "\(path): \(reason)"
      }
    }
    #expect(
      skips == [
        "Tests/README.md: a pattern, in which model and store stand for those of a test",
        "Tests/README.md: needs PyTorch",
        "docs/adding-a-baseline.md: needs the whole history, which shallow clones lack",
        "docs/cluster.md: needs a Slurm cluster", "docs/cluster.md: needs a Slurm cluster",
        "docs/cluster.md: needs GNU parallel",
        "docs/performance-bf16.md: needs oneDNN, as the tests of these options do",
        "docs/scaling.md: needs Open MPI",
        "docs/statistics.md: trains a run of the quick start, and gives these words on the same processor only",
      ])
  }
}
