import AESM2
import Baselines
import Configuration
import DatasetImport
import Experiments
import Foundation
import Ranking
import Training

extension FuzzTarget {
  /// A schema is refused or read, twice the same, and what it says of a file is done or refused.
  static let schema = FuzzTarget(
    name: "schema", form: .text,
    seeds: { [Array(SmallCache.schema.utf8)] + (try files("experiments/schemas", "yaml")) },
    words: [
      "name: ", "sources: ", "file: ", "each: ", "joins: ", "key: ", "derive: ", "filter: ",
      "scenarios: ", "tasks: ", "split: ", "where: ", "hash: ", "share: ", "last: ", "published",
      "features: ", "categorical: ", "multivalued: ", "numerical: ", "statistics: ", "folds: ",
      "{1..99999}", "{country}", "user", "place", "price", "day", "click", "&a ", "*a", "<<: ",
      "!!int ",
      "|\n", "- ", "\n  ", "? ",
    ]
  ) { input, _, folder in
    let text = String(decoding: input, as: UTF8.self)
    let schema = try outcome { try DatasetSchema(yaml: text, file: "s.yaml") }
    let again = try outcome { try DatasetSchema(yaml: text, file: "s.yaml") }
    try require(schema.isEqual(again), "is read in two ways: \(schema), \(again)")
    guard case .success(let schema) = schema, schema.name == "small" else { return }
    _ = try file(Array(SmallCache.csv.utf8), "data/log.csv", in: folder)
    let importer = DatasetImporter(schema: schema, root: folder.appending(path: "data"))
    _ = try outcome { try importer.run(into: folder.appending(path: "cache")) }
  }

  /// A specification is refused, or gives the same runs twice.
  static let specification = FuzzTarget(
    name: "specification", form: .text, seeds: { try files("experiments", "yaml") },
    words: [
      "id: ", "models: ", "settings: ", "training: ", "search: ", "seeds: ", "metrics: ",
      "dataset: ",
      "cache: ", "synthetic: ", "rows: ", "random: ", "grid: ", "budgetNote: ", "published: ",
      "selection: ", "reference: ", "mmoe", "aesm2", "auc/macro", "learningRate", "epochs", "&a ",
      "*a",
      "<<: ", "[1, 2]", "{from: 1e-4, to: 1e-2}", "- ", "\n  ", "log",
    ]
  ) { input, _, _ in
    let text = String(decoding: input, as: UTF8.self)
    func runs() throws -> [String] {
      let training = SettingsSchema(trainer: TrainingOptions.self)
      let specification = try ExperimentSpecification(
        yaml: text, file: "e.yaml", catalog: catalog, training: training)
      let plan = try Plan(
        specification, catalog: catalog, training: training, dataset: "0123456789abcdef")
      return try plan.runs(outcome: { _ in nil }).map(\.id)
    }
    let first = try outcome(runs)
    try require(first.isEqual(try outcome(runs)), "gives other runs the second time")
  }

  /// A setting is refused, or is a value that stays what it is when it is written and read again.
  static let settings = FuzzTarget(
    name: "settings", form: .text,
    seeds: {
      let trainer = TrainingOptions().configuration
        .sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.canonicalJSON)" }
      let models = catalog.entries.flatMap(\.settings)
        .map { "\($0.name)=\($0.defaultValue.canonicalJSON)" }
      return (trainer + models + ["a={\"b\": [1, -2.5e3, null, \"\\u00e9\"]}"]).map {
        Array($0.utf8)
      }
    },
    words: [
      "=", "[", "]", "true", "null", "auc/macro", "&a ", "*a", "\\u", "\\ud800", "\"", "{", "}",
      ",",
    ]
  ) { input, _, _ in
    let text = String(decoding: input, as: UTF8.self)
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return }
    for read in [ConfigurationValue.init(json:), ConfigurationValue.init(yaml:)] {
      guard case .success(let value) = try outcome({ try read(parts[1]) }) else { continue }
      let json = value.canonicalJSON
      let again = try outcome { try ConfigurationValue(json: json).canonicalJSON }
      try require(again.isEqual(.success(json)), "\(json) is read again as \(again)")
      _ = try outcome { try TrainingOptions.resolve([parts[0]: value]) }
      for entry in catalog.entries { _ = try outcome { try entry.resolve([parts[0]: value]) } }
    }
  }

  /// A record is refused, or stays what it is when it is written and read again.
  static let records = FuzzTarget(
    name: "records", form: .text,
    seeds: {
      try files("results", "jsonl").flatMap { file in
        [file.split(separator: 10).first, file.split(separator: 10).last]
          .compactMap { try? ConfigurationValue(json: String(decoding: $0 ?? [], as: UTF8.self)) }
          .compactMap { $0["run"]?.canonicalJSON }.map { Array($0.utf8) }
      }
    },
    words: [
      "\"auc\":", "\"cells\":", "\"macro\":", "\"pooled\":", "\"failure\":", "null", "7.5", "-1",
      "[[", "]]",
      "\"semantics\":", "\"seed\":", "1e999", "\"id\":", ",", "\"notes\":",
    ]
  ) { input, _, _ in
    let text = String(decoding: input, as: UTF8.self)
    let record = try outcome { try RunOutcome(ConfigurationValue(json: text)).value.canonicalJSON }
    guard case .success(let json) = record else { return }
    let again = try outcome { try RunOutcome(ConfigurationValue(json: json)).value.canonicalJSON }
    try require(again.isEqual(record), "is written as another record")
  }

  private static let catalog = Catalog(baselineCatalog + [AESM2.self])

  /// The files of the package in a folder that end so, shortest first.
  private static func files(_ folder: String, _ ending: String) throws -> [[UInt8]] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let place = root.appending(path: folder)
    let names = FileManager.default.enumerator(atPath: place.path)?.allObjects as? [String] ?? []
    let found = try names.filter {
      $0.hasSuffix("." + ending) && ($0.contains("/") == (ending == "jsonl"))
    }
    .sorted().map { Array(try Data(contentsOf: place.appending(path: $0))) }
    guard !found.isEmpty else { throw Finding("\(place.path) has no .\(ending) file") }
    return found
  }
}
