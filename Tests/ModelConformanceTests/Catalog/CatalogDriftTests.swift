import AESM2
import Baselines
import Configuration
import Foundation
import Ranking
import TestKit
import Testing

@Suite("The list of baselines")
struct CatalogDriftTests {
  @Test func everyBaselineFileHasItsLineInTheCatalog() throws {
    let folder = DataFolder.packageRoot.appendingPathComponent("baselines").path
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".swift") && $0 != "Catalog.swift" }
      .map { String($0.dropLast(".swift".count)) }
    let listed = baselineCatalog.map { "\($0)" }
    #expect(Set(files) == Set(listed), "baselines/*.swift and baselines/Catalog.swift differ")
    #expect(listed.count == Set(listed).count, "a baseline occurs twice in the catalog")
  }

  /// The table may lag behind the catalog, but must not tell of files that are not there.
  @Test func everyRowOfTheReadmeIsABaseline() throws {
    let readme = DataFolder.packageRoot.appendingPathComponent("baselines/README.md")
    let rows = try String(contentsOf: readme, encoding: .utf8)
      .split(separator: "\n").filter { $0.hasPrefix("| `") }
    let known = baselineCatalog.map { "| `\($0.card.id)` | `\($0).swift` |" }
    #expect(!rows.isEmpty)
    for row in rows {
      #expect(known.contains { row.hasPrefix($0) }, "\(row)")
    }
  }

  @Test func modelsThatTheEnvironmentNamesExist() throws {
    do {
      _ = try ConformanceCase.chosen.get()
    } catch let error as Diagnostic {
      throw error.at("AESM2_MODELS")
    }
  }

  @Test func idsAreUniqueAndInKebabCase() {
    let ids = catalog.entries.map(\.card.id)
    #expect(Set(ids).count == ids.count)
    for id in ids {
      let words = id.split(separator: "-", omittingEmptySubsequences: false)
      #expect(
        words.allSatisfy { word in
          word.first.map { ("a"..."z").contains($0) } == true
            && word.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) }
        }, "\(id)")
    }
  }

  @Test func titlesAreUniqueAndPapersAreCited() {
    let cards = catalog.entries.map(\.card)
    #expect(Set(cards.map(\.title)).count == cards.count)
    for card in cards {
      #expect(card.paper.contains { $0.isNumber }, "\(card.id) cites no year")
      #expect(card.deviations.allSatisfy { $0.hasSuffix(".") }, "\(card.id)")
    }
  }

  @Test func everyModelHasAGroup() {
    for card in (baselineCatalog + [AESM2.self]).map({ $0.card }) {
      #expect(!card.group.isEmpty, "\(card.id)")
    }
  }
}
