import Foundation
import Ranking

/// How a data set is made from files: what `aesm2 data import` reads.
///
/// The keys of the YAML form are described in `docs/data-formats.md`.
public struct DatasetSchema: Equatable, Sendable {
  /// The name of the data set.
  public var name: String

  /// What the data set is and where it comes from, in a sentence.
  public var summary: String?

  /// The texts that stand for a missing cell, besides the empty one.
  var missing: [String]

  var sources: [SourceSchema]
  var derived: [DerivedColumn]
  var filter: Condition?
  var scenarios: [ScenarioSchema]
  var tasks: [TaskSchema]
  var groups: [String]
  var neverFeatures: [String]
  var features: FeatureSchema
  var statistics: StatisticSchema?
  var split: SplitSchema

  /// Where the texts of the schema stand.
  let places: SchemaPlaces

  /// Loads a schema from a YAML file.
  ///
  /// - Throws: ``ConfigurationError`` with the file, the line and the key.
  public static func load(yaml url: URL) throws -> DatasetSchema {
    try DatasetSchema(yaml: readText(url), file: url.lastPathComponent)
  }

  /// Reads a schema from YAML text; `file` is its name in messages.
  ///
  /// - Throws: ``ConfigurationError`` with the file, the line and the key.
  public init(yaml: String, file: String) throws {
    let root = try SchemaNode(yaml: yaml, file: file)
    places = SchemaPlaces(root)
    let object = try root.object([
      "name", "summary", "missing", "sources", "derive", "filter", "scenarios", "tasks", "group",
      "never_features", "features", "statistics", "split",
    ])
    name = try object.required("name").text
    summary = try object["summary"]?.text
    missing = try object["missing"]?.texts ?? []
    sources = try object.required("sources").elements.flatMap { try SourceSchema.sources($0) }
    derived = try object["derive"]?.elements.map { try DerivedColumn($0) } ?? []
    filter = try object["filter"].map { try Condition($0) }
    scenarios = try object.required("scenarios").elements.map { try ScenarioSchema($0) }
    tasks = try object.required("tasks").elements.map { try TaskSchema($0) }
    groups = try object["group"]?.texts ?? []
    neverFeatures = try object["never_features"]?.texts ?? []
    features = try FeatureSchema(try object.required("features"))
    statistics = try object["statistics"].map { try StatisticSchema($0) }
    split = try SplitSchema(try object.required("split"))
    do {
      try validate()
    } catch let error as ConfigurationError {
      throw error.at(file)
    }
  }

  /// Returns `columns` and all that they are derived from.
  func closure(of columns: Set<String>) -> Set<String> {
    var closure = columns
    for column in derived.reversed() where closure.contains(column.name) {
      closure.formUnion(column.derivation.columns)
    }
    return closure
  }
}
