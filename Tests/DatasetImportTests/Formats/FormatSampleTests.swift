import DatasetImport
import Datasets
import Foundation
import Ranking
import TestKit
import Testing

/// Real rows of two countries in the publisher's layout and in MTReclib's.
@Suite struct FormatSampleTests {
  /// A row with the texts behind its ids.
  private struct Row: Equatable {
    var split: SplitName
    var scenario: String
    var group: Int32
    var texts: [String]
    var numbers: [Float]
    var labels: [Float]
  }

  private static let samples = DataFolder.url.appending(path: "format_samples")

  /// Copies files of the samples, under the names that a schema has for them.
  private func copy(_ names: [(String, String)], to folder: TemporaryFolder) throws {
    for (name, target) in names {
      try folder.write(
        try String(contentsOf: Self.samples.appending(path: name), encoding: .utf8),
        to: "data/\(target)")
    }
  }

  private func processedFiles(_ folder: TemporaryFolder) throws {
    try copy(
      [("NL", "fuxictr_tiny_mtl"), ("US", "torch_rechub")].flatMap { country, name in
        ["train", "test"].map { part in
          (
            "aliexpress_mtreclib/\(name)_\(part)\(name == "torch_rechub" ? "_sample" : "").csv",
            "AliExpress_\(country)/\(part).csv"
          )
        }
      }, to: folder)
  }

  private func rawFiles(_ folder: TemporaryFolder) throws {
    try copy(
      [("NL", "AA"), ("US", "BB")].flatMap { country, name in
        ["user_train", "user_test", "item_train", "item_test"].map {
          ("aliexpress_raw_derived/\(name)_\($0).csv", "\(country)_\($0).csv")
        }
      }, to: folder)
  }

  private func rows(
    _ schema: String, _ countries: [String], _ files: (TemporaryFolder) throws -> Void
  ) throws -> [Row] {
    let folder = try TemporaryFolder()
    try files(folder)
    let schema = try DatasetSchema.load(yaml: DataFolder.schema(schema))
      .restricted(to: countries.map { EachValue(name: "country", value: $0) })
    let dataset = try DatasetImporter(schema: schema, root: folder["data"])
      .run(into: folder["cache"])
    let fields = try #require(try VocabularyFile.read(of: dataset)).fields
    let sources: [(SplitName, any RowSource)] = [
      (.train, dataset.training.rows), (.validation, dataset.validation.rows),
      (.test, dataset.test.rows),
    ]
    return try sources.flatMap { split, rows in
      let all = try rows.all
      let groups = try #require(try rows.groups)
      return (0..<rows.rowCount).map { row in
        Row(
          split: split, scenario: dataset.problem.scenarios.leafNames[Int(all.batch.leaves[row])],
          group: groups[row],
          texts: fields.indices.map { field in
            let id = Int(all.batch.ids[row * fields.count + field])
            return id == 0 ? "?" : fields[field].values[id - 1]
          },
          numbers: Array(all.batch.numericals.values[row * 63..<row * 63 + 63]),
          labels: Array(all.labels.values[row * 2..<row * 2 + 2]))
      }
    }
  }

  @Test(.enabled(if: DataFolder.has("format_samples"), "the format samples are not here"))
  func bothLayoutsGiveTheSameRows() throws {
    let raw = try rows("aliexpress-raw", ["NL", "US"], rawFiles)
    #expect(raw.count == 320)
    #expect(raw.count { $0.scenario == "US" && $0.split == .test } == 20)
    #expect(raw == (try rows("aliexpress-mtreclib", ["NL", "US"], processedFiles)))
  }

  @Test(.enabled(if: DataFolder.has("format_samples"), "the format samples are not here"))
  func oneCountryAloneGivesItsRows() throws {
    let together = try rows("aliexpress-raw", ["NL", "US"], rawFiles)
    for country in ["NL", "US"] {
      let raw = try rows("aliexpress-raw", [country], rawFiles)
      #expect(raw == (try rows("aliexpress-mtreclib", [country], processedFiles)))
      #expect(
        raw.map(\.numbers) == together.filter { $0.scenario == country }.map(\.numbers))
    }
  }
}
