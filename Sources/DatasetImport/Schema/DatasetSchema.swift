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

  var neverFeatures: [String]
  var features: FeatureSchema
  var targetEncoding: TargetEncodingSchema?
  var split: SplitSchema

  /// The values that the import is restricted to.
  var each: [EachValue] = []

  /// The positions of the texts in the schema file.
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
    places = SchemaPlaces(root)
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
    sources = try object.required("sources").elements.flatMap { try SourceSchema.sources($0) }
    for index in sources.indices { sources[index].number = index }
    derived = try object["derive"]?.elements.map { try DerivedColumn($0) } ?? []
    filter = try object["filter"].flatMap { node in
      try node.isList && node.elements.isEmpty ? nil : Condition(node)
    }
    scenarios = try object.required("scenarios").elements.map { try ScenarioSchema($0) }
    tasks = try object.required("tasks").elements.map { try TaskSchema($0) }
    groups = try object["group"]?.texts ?? []
    weight = try object["weight"]?.text
    neverFeatures = try object["neverFeatures"]?.texts ?? []
    features = try FeatureSchema(try object.required("features"))
    targetEncoding = try object["statistics"].map { try TargetEncodingSchema($0) }
    split = try SplitSchema(try object.required("split"))
    digest = Self.digest(of: root.node)
    notes = root.notes
    try locating(file) { try validate() }
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

extension DatasetSchema {
  /// Checks the constraints between keys.
  ///
  /// - Throws: ``Diagnostic``.
  func validate() throws {
    for (what, names) in [
      ("sources", sources.map(\.file)), ("scenarios", scenarios.map(\.column)),
      ("tasks", tasks.map(\.name)),
    ] where names.isEmpty {
      throw Diagnostic("\(what) must have one or more elements")
    }
    try checkUnique("feature", features.names + (targetEncoding?.features.map(\.name) ?? []))
    try checkUnique("task", tasks.map(\.name))
    try checkUnique("derived column", derived.map(\.name))
    try checkUnique("scenario level", scenarios.map(\.column))
    try checkNamesDiffer("feature", features.names)
    try checkNamesDiffer("task", tasks.map(\.name))
    try checkNamesDiffer("scenario level", scenarios.map(\.column))
    try locating("tasks") { _ = try TaskChains(tasks.map(\.task)) }
    try checkOrder()
    try checkNeverFeatures()
    try checkPublishedSplits()
    try checkLeftOutValues()
    try checkMissingIn()
    for feature in targetEncoding?.features ?? [] {
      if let task = feature.task, !tasks.contains(where: { $0.name == task }) {
        throw Diagnostic.unknown("task", task, accepted: tasks.map(\.name)).at("statistics")
      }
    }
  }

  private func checkUnique(_ what: String, _ names: [String]) throws {
    var seen: Set<String> = []
    if let twice = names.first(where: { !seen.insert($0).inserted }) {
      throw Diagnostic("the \(what) '\(excerpt(twice))' occurs twice")
    }
  }

  /// Checks that a derived column uses only those above it.
  private func checkOrder() throws {
    for (index, column) in derived.enumerated() {
      let later = Set(derived[index...].map(\.name))
      if let input = column.derivation.columns.first(where: later.contains) {
        throw Diagnostic(
          "derive: '\(column.name)' uses '\(input)', which is not derived above it")
      }
    }
  }

  /// Checks that no feature is read or derived from a never-feature or a label, unless a derived
  /// column in between is declared safe.
  private func checkNeverFeatures() throws {
    let labels = Set(tasks.map(\.label))
    func check(_ column: String, of what: String, through path: [String]) throws {
      let way = path.isEmpty ? "" : ", through \(path.joined(separator: ", "))"
      if neverFeatures.contains(column) {
        throw Diagnostic(
          "\(what) uses '\(column)'\(way), which neverFeatures forbids")
      }
      if labels.contains(column) {
        throw Diagnostic("\(what) uses '\(column)'\(way), which is the label of a task")
      }
      guard let source = derived.first(where: { $0.name == column }), !source.isSafe else { return }
      for input in source.derivation.columns {
        try check(input, of: what, through: path + [column])
      }
    }
    for (name, column) in zip(features.names, features.columns) {
      try check(column, of: "feature '\(name)'", through: [])
    }
    for feature in targetEncoding?.features ?? [] {
      for key in feature.keys { try check(key, of: "statistic '\(feature.name)'", through: []) }
    }
    for level in scenarios { try check(level.column, of: "scenarios", through: []) }
    if let weight, tasks.contains(where: { $0.label == weight }) {
      throw Diagnostic("weight: '\(weight)' is the label of a task")
    }
  }

  /// Checks that texts for missing cells are given only for file columns that are read.
  private func checkMissingIn() throws {
    let made = Set(derived.map(\.name))
    let used = closure(of: StagedColumns(self).all.union(filter?.columns ?? []))
      .union(sources.flatMap(\.joins).map(\.key))
    for column in missingIn.keys.sorted() {
      if made.contains(column) {
        throw Diagnostic(
          "missingIn: '\(column)' is a derived column; name the columns that it is derived from, or "
            + "derive it with 'map'")
      }
      guard used.contains(column) else {
        throw Diagnostic.unknown(
          "column", column, accepted: used.subtracting(made).sorted()
        ).at("missingIn")
      }
    }
  }

  /// Checks that no values of a scenario column are left out: a scenario without train rows has no
  /// weights.
  private func checkLeftOutValues() throws {
    for (name, rule) in [(SplitName.test, split.test), (.validation, split.validation)] {
      guard case .leaveOut(_, let column) = rule,
        scenarios.contains(where: { $0.column == column })
      else { continue }
      throw Diagnostic(
        "split.\(name.rawValue) leaves out values of '\(column)', which is a level of scenarios: a "
          + "scenario without train rows has no weights")
    }
  }

  private func checkPublishedSplits() throws {
    for (name, rule) in [(SplitName.test, split.test), (.validation, split.validation)] {
      let isPublished = sources.contains { $0.split == name }
      guard isPublished == (rule == .published) else {
        throw Diagnostic(
          isPublished
            ? "split.\(name.rawValue) must be 'published', because a source is of this split"
            : "split.\(name.rawValue) is 'published', but no source is of this split")
      }
    }
  }
}

/// The line of the first occurrence of each text in a schema, for errors found only when files are
/// read.
///
/// All places compare equal: the position of a text does not change the meaning of a schema.
struct SchemaPlaces: Equatable, Sendable {
  private let file: String
  private var lines: [String: Int] = [:]

  /// Records the texts of a schema, except those that only serve as descriptions.
  init(_ root: YAMLNode) {
    file = root.file
    for (key, node) in root.node.mapping ?? [:] where key.scalar?.string != "summary" { add(node) }
  }

  /// Returns the first position of a text: the file, and the line if the text occurs.
  func place(of text: String) -> String {
    lines[text].map { "\(file):\($0)" } ?? file
  }

  static func == (_: SchemaPlaces, _: SchemaPlaces) -> Bool { true }

  private mutating func add(_ node: Node) {
    switch node {
    case .scalar(let scalar):
      for text in expandingRange(CanonicalText.composed(scalar.string)) where lines[text] == nil {
        lines[text] = node.mark?.line
      }
    case .sequence(let sequence): sequence.forEach { add($0) }
    case .mapping(let mapping):
      for (key, value) in mapping {
        add(key)
        add(value)
      }
    case .alias: break
    }
  }
}
