import DatasetImport
import Datasets
import Foundation
import TestKit
import Testing

/// Small files in exactly the published forms, with made-up values.
@Suite struct AliExpressTests {
  // MARK: - As published

  /// Writes user and item files of one country and part: 33 and 49 columns, no header.
  ///
  /// The first item row has a page that no user row has.
  private func writeRaw(_ folder: TemporaryFolder, _ country: String, _ part: String) throws {
    let pages = part == "train" ? 40 : 15
    var users = ""
    var items = "nowhere,\(Array(repeating: "0", count: 47).joined(separator: ",")),1\n"
    for page in 0..<pages {
      let user = (2...33).map { column in
        (2...8).contains(column) || column > 31
          ? "\((page + column) % 3)" : "0.\(page % 10)\(column)"
      }
      users += "p\(page),\(user.joined(separator: ","))\n"
      for item in 0..<3 {
        let cells = (2...48).map { column in
          [19, 34, 35, 36, 40, 41, 42].contains(column)
            ? "\((page + item + column) % 4)" : "0.\(item)\(column)"
        }
        let label = (page * 3 + item) % 7 == 0 ? 2 : (page + item) % 3 == 0 ? 1 : 0
        items += "p\(page),\(cells.joined(separator: ",")),\(label)\n"
      }
    }
    try folder.write(users, to: "data/\(country) set/\(country)_user_\(part).csv")
    try folder.write(items, to: "data/\(country) set/\(country)_item_\(part).csv")
  }

  @Test func rawUserAndItemFilesAreJoinedAndMerged() throws {
    let folder = try TemporaryFolder()
    for country in ["RU", "ES", "FR", "NL", "US"] {
      for part in ["train", "test"] { try writeRaw(folder, country, part) }
    }
    let schema = try DatasetSchema.load(yaml: DataFolder.schema("aliexpress-raw"))
    let dataset = try DatasetImporter(schema: schema, root: folder["data"])
      .run(into: folder["cache"])
    #expect(dataset.problem.fields.count == 16)
    #expect(dataset.problem.numericals.count == 63)
    #expect(dataset.problem.scenarios.leafNames == ["RU", "ES", "FR", "NL", "US"])
    // 121 rows a train file, the last tenth is validation; the first has no user row and is dropped.
    #expect(dataset.counts(of: .train).rowCounts == [108, 108, 108, 108, 108])
    #expect(dataset.counts(of: .validation).rowCounts == [12, 12, 12, 12, 12])
    #expect(dataset.counts(of: .test).rowCounts == [45, 45, 45, 45, 45])
    #expect(Set(try dataset.test.rows.groups ?? []).count == 75)

    let row = try dataset.test.rows.batch(rows: [4])
    #expect(row.batch.numericals.values.prefix(2) == [0.19, 0.110])
    #expect(row.batch.numericals.values.suffix(1) == [0.148])
    let file = try #require(try VocabularyFile.read(of: dataset))
    let values = zip(file.fields, row.batch.ids).map { $0.values[Int($1) - 1] }
    #expect(values[0] == "\((1 + 2) % 3)" && values[9] == "\((1 + 1 + 19) % 4)")
    let labels = try dataset.test.rows.batch(rows: (0..<45).map { Int32($0) }).labels.values
    for item in 0..<45 {
      let expected: [Float] =
        item % 7 == 0 ? [1, 1] : (item / 3 + item % 3) % 3 == 0 ? [1, 0] : [0, 0]
      #expect(Array(labels[item * 2..<item * 2 + 2]) == expected)
    }
  }

  // MARK: - As MTReclib writes it

  private func writeProcessed(_ folder: TemporaryFolder, _ country: String, _ part: String) throws {
    let names =
      ["search_id"] + (1...16).map { "categorical_\($0)" } + (1...63).map { "numerical_\($0)" }
      + ["click", "conversion"]
    #expect(names.count == 82)
    let rows = (0..<(part == "train" ? 60 : 20)).map { row in
      let click = row % 4 == 1 ? 1 : 0
      let cells =
        ["\(row / 5)"] + (1...16).map { "\((row * $0) % 5)" }
        + (1...63).map { "0.\((row + $0) % 9)" } + ["\(click)", "\(row % 8 == 1 ? 1 : 0)"]
      return cells.joined(separator: ",")
    }
    try folder.write(
      ([names.joined(separator: ",")] + rows).joined(separator: "\n") + "\n",
      to: "data/AliExpress_\(country)/\(part).csv")
  }

  @Test func processedFilesHaveGroupsOfTheirOwn() throws {
    let folder = try TemporaryFolder()
    for country in ["NL", "ES", "FR", "US"] {
      for part in ["train", "test"] { try writeProcessed(folder, country, part) }
    }
    let schema = try DatasetSchema.load(yaml: DataFolder.schema("aliexpress-mtreclib"))
    let dataset = try DatasetImporter(schema: schema, root: folder["data"])
      .run(into: folder["cache"])
    #expect(dataset.problem.fields.count == 16 && dataset.problem.numericals.count == 63)
    #expect(dataset.counts(of: .test).rowCounts == [20, 20, 20, 20])
    #expect(dataset.counts(of: .validation).rowCounts == [6, 6, 6, 6])
    // Four search ids in each country's test file, numbered alike in every file.
    #expect(try dataset.test.rows.groups == (0..<80).map { Int32($0 / 5) })
    let report = try #require(try LintReport.stored(with: dataset))
    #expect(!report.text.contains("several files"))
  }

  @Test func groupsThatFilesShareAreReported() throws {
    let folder = try TemporaryFolder()
    for country in ["NL", "ES", "FR", "US"] {
      for part in ["train", "test"] { try writeProcessed(folder, country, part) }
    }
    let text = try String(contentsOf: DataFolder.schema("aliexpress-mtreclib"), encoding: .utf8)
      .replacing("group: [country, part, search_id]", with: "group: search_id")
    let dataset = try DatasetImporter(
      schema: try DatasetSchema(yaml: text, file: "x.yaml"), root: folder["data"]
    ).run(into: folder["cache"])
    let report = try #require(try LintReport.stored(with: dataset))
    #expect(report.text.contains("4 groups of the test split have rows in several files"))
  }
}
