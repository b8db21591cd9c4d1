import Foundation
import Testing

@testable import Datasets

@Suite struct RealDataTests {
  @Test(.enabled(if: SharedData.exists("kuairand_pure"), "the KuaiRand-Pure files are not here"))
  func kuaiRand() throws {
    let folder = try TemporaryFolder()
    let schema = try DatasetSchema.load(yaml: SharedData.schema("kuairand-pure"))
    let start = Date()
    let dataset = try DatasetImporter(
      schema: schema, root: SharedData.root.appending(path: "kuairand_pure")
    ).run(into: folder["cache"])
    print("seconds", Date().timeIntervalSince(start))
    print(DatasetDescription(dataset))
    print(try #require(try LintReport.stored(with: dataset)).text)
    print(dataset.training.rows.batch(rows: [0, 1, 100]).batch.numericals.values)
  }

  @Test(.enabled(if: SharedData.exists("us_flights"), "the US flights files are not here"))
  func flights() throws {
    let folder = try TemporaryFolder()
    let schema = try DatasetSchema.load(yaml: SharedData.schema("us-flights"))
    let dataset = try DatasetImporter(
      schema: schema, root: SharedData.root.appending(path: "us_flights")
    ).run(into: folder["cache"])
    print(DatasetDescription(dataset))
    print(try #require(try LintReport.stored(with: dataset)).text)
    print(
      dataset.problem.fields.map { "\($0.name) \($0.vocabularySize)" }, dataset.problem.scenarios)
  }

  @Test(.enabled(if: SharedData.exists("census_income"), "the Census-Income file is not here"))
  func census() throws {
    let folder = try TemporaryFolder()
    let schema = try DatasetSchema.load(yaml: SharedData.schema("census-income"))
    let dataset = try DatasetImporter(
      schema: schema, root: SharedData.root.appending(path: "census_income")
    ).run(into: folder["cache"])
    print(DatasetDescription(dataset))
    print(try #require(try LintReport.stored(with: dataset)).text)
  }
}
