import DatasetImport
import Foundation
import TestKit
import Testing

@Suite struct AliCCPTests {
  private static let sparse = [
    "101", "121", "122", "124", "125", "126", "127", "128", "129", "205", "206", "207", "210",
    "216",
    "508", "509", "702", "853", "301", "109_14", "110_14", "127_14", "150_14",
  ]
  private static let dense = [
    "D109_14", "D110_14", "D127_14", "D150_14", "D508", "D509", "D702", "D853",
  ]

  @Test func processedFilesAreReadAsPublished() throws {
    let folder = try TemporaryFolder()
    let header = (["click", "purchase"] + Self.sparse + Self.dense).joined(separator: ",")
    for (part, count) in [("train", 300), ("val", 60), ("test", 60)] {
      let rows = (0..<count).map { row in
        let click = row % 5 < 2 ? 1 : 0
        let purchase = row % 5 == 0 ? 1 : 0
        let sparse = Self.sparse.map { $0 == "301" ? "\(row % 3 + 1)" : "\(row % 7)" }
        let dense = Self.dense.map { _ in "\(Double(row % 10) / 2)" }
        return (["\(click)", "\(purchase)"] + sparse + dense).joined(separator: ",")
      }
      try folder.write(
        ([header] + rows).joined(separator: "\n"), to: "data/ali_ccp_\(part)_sample.csv")
    }
    #expect(header.split(separator: ",").count == 33)
    let schema = try DatasetSchema.load(yaml: DataFolder.schema("ali-ccp"))
    let dataset = try DatasetImporter(schema: schema, root: folder["data"])
      .run(into: folder["cache"])
    #expect(dataset.problem.fields.count == 23 && dataset.problem.numericals.count == 8)
    #expect(dataset.problem.scenarios.leafNames == ["1", "2", "3"])
    #expect(dataset.counts(of: .train).rowCounts == [100, 100, 100])
    #expect(dataset.validation.rows.rowCount == 60 && dataset.test.rows.rowCount == 60)
    #expect(dataset.counts(of: .test).positiveCount(task: 1) == 12)
    let values = try dataset.test.rows.all.batch.numericals.values
    #expect(values.min() == 0 && values.max() == 1)
  }
}
