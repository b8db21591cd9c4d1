import DatasetImport
import Datasets
import Foundation

/// A small data set with every kind of column.
enum SmallCache {
  static let csv =
    "user,place,price,day,tags,click\n"
    + (0..<40).map { row in
      let tags = (0..<row % 3).map { "t\((row + $0) % 7)" }.joined(separator: "|")
      return "u\(row % 10),\(row % 3 == 0 ? "B" : "A"),\(row).5,\(row / 5 + 1),\(tags),"
        + "\(row % 4 == 0 ? 1 : 0)\n"
    }.joined()

  static let schema = """
    name: small
    sources: [{file: log.csv}]
    derive:
      - {name: weekday, remainder: day, modulo: 7}
      - {name: range, bucket: price, edges: [0, 10, 20]}
      - {name: pair, concat: [user, place], with: "@"}
    scenarios: [place]
    tasks:
      - click
      - {name: late, label: click, domain: days from 3, definedWhere: {column: day, atLeast: 3}}
    group: user
    neverFeatures: []
    split:
      test: {where: {column: day, atLeast: 7}}
      validation: {where: {column: day, atLeast: 6}}
    features:
      categorical: [user, {name: weekday, minimumCount: 2}, range, pair]
      multivalued: [{name: tags, separator: "|"}]
      numerical: [{name: price, scale: log-standard, missing: mean}, {name: day, scale: min-max}]
    statistics: {folds: 3, rates: [{tasks: click, of: [user]}], counts: [place]}
    """

  /// Imports `log.csv` of a folder by the small schema.
  static func importing(from data: URL, into folder: URL) throws -> Dataset {
    let schema = try DatasetSchema(yaml: schema, file: "small.yaml")
    return try DatasetImporter(schema: schema, root: data).run(
      into: folder.appending(path: "cache"))
  }

  /// The files of a cache by name.
  static let files: Result<[(name: String, bytes: [UInt8])], any Error> = Result {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "fuzz-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try file(Array(csv.utf8), "data/log.csv", in: folder)
    let cache = try importing(from: folder.appending(path: "data"), into: folder).url
    let names = FileManager.default.enumerator(atPath: cache.path)?.allObjects as? [String] ?? []
    return try names.sorted().compactMap { name in
      var isFolder: ObjCBool = false
      let path = cache.appending(path: name)
      _ = FileManager.default.fileExists(atPath: path.path, isDirectory: &isFolder)
      return isFolder.boolValue ? nil : (name, Array(try Data(contentsOf: path)))
    }
  }

  /// Writes the cache with one file replaced, and returns its folder.
  static func written(in folder: URL, replacing name: String, by bytes: [UInt8]) throws -> URL {
    let cache = folder.appending(path: "cache")
    for part in try files.get() {
      _ = try file(part.name == name ? bytes : part.bytes, part.name, in: cache)
    }
    return cache
  }

  /// Reads all of a data set as training, lint and description do.
  static func readAll(of dataset: Dataset) throws {
    for rows in [dataset.training.rows, dataset.validation.rows, dataset.test.rows] {
      _ = try rows.groups
      let order = (0..<rows.rowCount).reversed().map { Int32($0) }
      for start in stride(from: 0, to: order.count, by: 16) {
        _ = try rows.batch(rows: Array(order[start..<min(start + 16, order.count)]))
      }
    }
    _ = DatasetDescription(dataset).description
    _ = try DatasetLint(dataset).run().text
  }
}
