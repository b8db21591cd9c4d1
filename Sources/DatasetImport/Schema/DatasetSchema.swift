import Configuration
import Datasets
import Foundation
import Ranking
import Tabular
import Yams

/// The description of how files become a data set: the input of `aesm2 data import`.
///
/// The keys of the YAML form are described in `docs/data-formats.md`.
public struct DatasetSchema: Equatable, Sendable {
  /// The name of the data set.
  public var name: String

  /// The content and origin of the data set, in a sentence.
  public var summary: String?

  /// The texts that represent a missing cell, besides the empty text.
  var missing: [String]

  /// By column, the texts that replace ``missing``.
  var missingIn: [String: [String]]

  var sources: [SourceSchema]
  var derived: [DerivedColumn]
  var filter: Condition?
  var scenarios: [ScenarioSchema]
  var tasks: [TaskSchema]
  var groups: [String]

  /// The column with the weight of a row in the training loss; nil if all weights are 1.
  var weight: String?

  var neverFeatures: [PlacedText]
  var features: FeatureSchema
  var targetEncoding: TargetEncodingSchema?
  var split: SplitSchema

  /// The values that the import is restricted to.
  var each: [EachValue] = []

  /// The sources that the restriction left out.
  var leftOutSources: [SourceSchema] = []

  /// The positions of keys and texts in the schema file.
  let places: SchemaPlaces

  /// The SHA-256 digest of the content of the YAML text, independent of layout, comments and
  /// summary.
  public private(set) var digest = ""

  /// Notes for the user on a schema that was read successfully, such as former names of keys.
  public private(set) var notes: [String] = []

  /// Loads a schema from a YAML file.
  ///
  /// - Throws: ``Diagnostic`` with the file, the line and the key.
  public static func load(yaml url: URL) throws -> DatasetSchema {
    try DatasetSchema(yaml: readText(url), file: url.lastPathComponent)
  }

  /// Reads a schema from YAML text; messages refer to it as `file`.
  ///
  /// - Throws: ``Diagnostic`` with the file, the line and the key.
  public init(yaml: String, file: String) throws {
    let root = try YAMLNode(yaml: yaml, file: file, renamedKeys: Self.renamedKeys)
    places = SchemaPlaces(root, renamedKeys: Self.renamedKeys)
    let object = try root.object([
      "name", "summary", "missing", "missingIn", "sources", "derive", "filter", "scenarios",
      "tasks", "group",
      "weight", "neverFeatures", "features", "statistics", "split",
    ])
    name = try object.required("name").text
    summary = try object["summary"]?.text
    missing = try object["missing"]?.texts ?? []
    missingIn = [:]
    for (column, texts) in try object["missingIn"]?.entries ?? [] {
      missingIn[column] = try texts.texts
    }
    sources = try object.required("sources").elements.enumerated().flatMap { entry, node in
      try SourceSchema.sources(node, entry: entry)
    }
    for index in sources.indices { sources[index].number = index }
    derived = try object["derive"]?.elements.map { try DerivedColumn($0) } ?? []
    filter = try object["filter"].flatMap { node in
      try node.isList && node.elements.isEmpty ? nil : Condition(node)
    }
    scenarios = try object.required("scenarios").elements.map { try ScenarioSchema($0) }
    tasks = try object.required("tasks").elements.map { try TaskSchema($0) }
    groups = try object["group"]?.texts ?? []
    weight = try object["weight"]?.text
    neverFeatures = try object["neverFeatures"]?.placedTexts ?? []
    features = try FeatureSchema(try object.required("features"))
    targetEncoding = try object["statistics"].map { try TargetEncodingSchema($0) }
    split = try SplitSchema(try object.required("split"))
    digest = Self.digest(of: root.node)
    notes = root.notes
    try validate()
  }

  /// The current names of keys by their original names.
  package static let renamedKeys = [
    "at_least": "atLeast", "day_number": "dayNumber", "defined_where": "definedWhere",
    "epoch_seconds": "epochSeconds", "leave_out": "leaveOut", "minimum_count": "minimumCount",
    "minimum_rows": "minimumRows", "minute_of_day": "minuteOfDay", "missing_in": "missingIn",
    "never_features": "neverFeatures", "not_in": "notIn",
  ]

  /// Returns the digest of all entries but the summary, independent of their order and layout; keys
  /// count by their original names, so that digests of data sets do not change.
  private static func digest(of root: Node) -> String {
    let firstNames = Dictionary(uniqueKeysWithValues: renamedKeys.map { ($1, $0) })
    func value(_ node: Node) -> ConfigurationValue {
      switch node {
      case .mapping(let mapping):
        let members = mapping.map { key, value_ in
          (firstNames[key.string ?? ""] ?? key.string ?? "", value(value_))
        }
        return .object(Dictionary(members) { first, _ in first })
      case .sequence(let sequence): return .list(sequence.map { value($0) })
      case .scalar, .alias: return .string(node.string ?? "")
      }
    }
    guard case .object(var members) = value(root) else { return "" }
    members["summary"] = nil
    return SHA256.digest(of: ConfigurationValue.object(members).canonicalJSON)
  }

  /// Returns the texts that represent a missing cell of a column.
  func missing(in column: String) -> [[UInt8]] {
    (missingIn[column] ?? missing).map { Array($0.utf8) }
  }

  /// Returns `columns` and all columns that they are derived from.
  func closure(of columns: Set<String>) -> Set<String> {
    var closure = columns
    for column in derived.reversed() where closure.contains(column.name) {
      closure.formUnion(column.derivation.columns)
    }
    return closure
  }
}
