import Datasets
import Foundation
import TestKit

// Internal: StagedRows.
@testable import DatasetImport

/// A tiny import: CSV text and a schema, from which tests change one thing.
struct SmallImport {
  /// Forty rows: user u0...u9, scenario A or B, price, day 1...8, click.
  static let csv =
    "user,place,price,day,click\n"
    + (0..<40).map { row in
      "u\(row % 10),\(row % 3 == 0 ? "B" : "A"),\(row).5,\(row / 5 + 1),\(row % 4 == 0 ? 1 : 0)\n"
    }.joined()

  var csv = Self.csv
  var sources = "[{file: log.csv}]"
  var derive = "[]"
  var filter: String?
  var scenarios = "[place]"
  var tasks = "[click]"
  var features = "{categorical: [user], numerical: [price]}"
  var split =
    "{test: {where: {column: day, atLeast: 7}}, validation: {where: {column: day, atLeast: 6}}}"
  var more = ""
  var files: [String: String] = [:]
  var memoryLimit = StagedRows.memoryLimit

  var yaml: String {
    """
    name: small
    sources: \(sources)
    derive: \(derive)
    \(filter.map { "filter: \($0)" } ?? "")
    scenarios: \(scenarios)
    tasks: \(tasks)
    split: \(split)
    features: \(features)
    \(more)
    """
  }

  /// Runs the import in a folder.
  func run(in folder: TemporaryFolder) throws -> Dataset {
    try folder.write(csv, to: "data/log.csv")
    for (name, text) in files { try folder.write(text, to: "data/\(name)") }
    let schema = try DatasetSchema(yaml: yaml, file: "small.yaml")
    var importer = DatasetImporter(schema: schema, root: folder["data"])
    importer.memoryLimit = memoryLimit
    return try importer.run(into: folder["cache"])
  }

  /// Returns the message of the error, with the folder's path left out.
  func failure() throws -> String {
    let folder = try TemporaryFolder()
    let text = message { _ = try run(in: folder) }
    return text.replacing(folder["data"].path + "/", with: "")
      .replacing(folder["data"].path, with: "ROOT")
  }
}
