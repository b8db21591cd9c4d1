import Configuration
import DatasetImport
import Foundation
import Ranking
import Tabular
import Training

extension ExperimentSpecification {
  /// Reads a specification from a YAML file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - catalog: The models that rows may name.
  ///   - training: The settings of the trainer.
  /// - Throws: ``Diagnostic`` with file, line and key if the file cannot be read, a key or name is
  ///   unknown, a value is not accepted, two rows share a label, or rows have unequal search
  ///   budgets without a `budgetNote`.
  public init(contentsOf path: String, catalog: Catalog, training: SettingsSchema) throws {
    guard FileManager.default.isReadableFile(atPath: path), !isFolder(path) else {
      throw Diagnostic(unreadable: path)
    }
    try self.init(
      yaml: readText(URL(fileURLWithPath: path)), file: path, catalog: catalog, training: training)
  }

  /// Reads a specification from YAML text; messages refer to it as `file`.
  ///
  /// - Throws: ``Diagnostic``, as for a file.
  public init(yaml text: String, file: String, catalog: Catalog, training: SettingsSchema) throws {
    let root = try YAMLNode(yaml: text, file: file, renamedKeys: ["draws": "trials"])
    let members = try root.object([
      "id", "title", "caption", "dataset", "models", "settings", "training", "search", "seeds",
      "selection", "metrics", "reference", "seesaw", "budgetNote", "published", "limits", "slurm",
    ])
    id = try Self.readID(try members.required("id"))
    title = try members["title"]?.nonEmptyText ?? id
    caption = try members["caption"]?.nonEmptyText ?? ""
    dataset = try DatasetSource(try members.required("dataset"))
    grid = try DataGrid(try members.required("dataset"), of: dataset)
    seeds = try members["seeds"]?.seeds() ?? [1]
    selection = try members["selection"].map(Selection.init(_:)) ?? Selection()
    metrics =
      try members["metrics"]?.elements.map { node in
        try node.located { try Metric(id: try node.nonEmptyText) }
      }
      ?? [selection.metric.metric]
    guard !metrics.isEmpty else { throw root.error("metrics lists none") }
    budgetNote = try members["budgetNote"]?.nonEmptyText
    rows = try RowReader(common: members, catalog: catalog, training: training)
      .rows(try members.required("models"))
    reference = try members["reference"].map { [rows] in try $0.label(of: rows) }
    seesaw = try members["seesaw"].map { [rows] in try $0.label(of: rows) }
    published =
      try members["published"]?.elements.map { [rows] in
        try PublishedResults($0, rows: rows)
      } ?? []
    limits = try members["limits"].map(RunLimits.init(_:)) ?? RunLimits()
    slurm = try members["slurm"].map(SlurmSettings.init(_:)) ?? SlurmSettings()
    notes = root.notes
    try checkBudgets(root)
  }

  private static func readID(_ node: YAMLNode) throws -> String {
    let id = try node.nonEmptyText
    let accepted = "abcdefghijklmnopqrstuvwxyz0123456789-"
    guard id.allSatisfy(accepted.contains) else {
      throw node.error("'\(id)' must be of small letters, digits and hyphens: it names a folder")
    }
    return id
  }

  private func checkBudgets(_ root: YAMLNode) throws {
    let rows = rows.filter { $0.predictions == nil }
    guard budgetNote == nil, let first = rows.first else { return }
    func refuse(_ sentence: String) -> Diagnostic {
      root.error("\(sentence); give all rows the same, or say why not in budgetNote")
    }
    let scheduler = rows.first { !$0.isFittedExactly }?.search.scheduler
    for row in rows {
      guard row.budget == first.budget else {
        throw refuse(
          "'\(row.label)' has a search budget of \(row.budget) runs, but '\(first.label)' has "
            + "\(first.budget)")
      }
      guard row.isFittedExactly || row.search.scheduler == scheduler else {
        throw refuse("the trials of '\(row.label)' have another scheduler than those of other rows")
      }
      guard row.training["epochs"] == first.training["epochs"],
        row.search.training["epochs"] == first.search.training["epochs"]
      else {
        throw refuse(
          "'\(row.label)' and '\(first.label)' may train for different numbers of epochs")
      }
    }
  }
}

extension DataGrid {
  /// Reads the key `vary` of a data set; nil if it has none.
  fileprivate init?(_ node: YAMLNode, of source: DatasetSource) throws {
    guard let vary = try node.object(DatasetSource.keys)["vary"] else { return nil }
    let axes = try vary.elements.map(Axis.init(_:))
    self = try vary.located { try DataGrid(axes, of: source) }
  }
}

extension DatasetSource {
  fileprivate static let keys = ["cache", "schema", "files", "each", "synthetic", "vary"]

  fileprivate init(_ node: YAMLNode) throws {
    let members = try node.object(Self.keys)
    if let each = members["each"], members["schema"] == nil {
      throw each.error("needs schema and files, whose values it restricts")
    }
    cache = try members.required("cache").nonEmptyText
    switch (members["schema"], members["files"], members["synthetic"]) {
    case (nil, nil, nil): origin = .cache
    case (let schema?, let files?, nil):
      let each = try members["each"]?.entries.flatMap { name, value in
        try ((try? value.elements) ?? [value]).map {
          EachValue(name: name, value: try $0.nonEmptyText)
        }
      }
      origin = .files(
        schema: try schema.nonEmptyText, folder: try files.nonEmptyText, each: each ?? [])
    case (nil, nil, let synthetic?):
      let members = try synthetic.object(["recipe", "settings", "rows", "seed"])
      let settings = try members["settings"]?.entries.map { ($0, try $1.value()) } ?? []
      origin = .synthetic(
        recipe: try members.required("recipe").nonEmptyText,
        settings: Dictionary(settings, uniquingKeysWith: { first, _ in first }),
        rows: try members["rows"]?.wholeNumber(in: 10...2_000_000_000),
        seed: try members["seed"]?.wholeNumber(in: 0...Int.max))
    default:
      throw node.error("give both schema and files, or synthetic alone, or none of them")
    }
  }
}

extension SlurmSettings {
  fileprivate init(_ node: YAMLNode) throws {
    self.init()
    _ = try node.object(Self.keys)
    for (key, value) in try node.entries {
      try value.located { try set(key, to: try value.value()) }
    }
  }
}

extension Selection {
  fileprivate init(_ node: YAMLNode) throws {
    self.init()
    let members = try node.object(["rule", "metric", "against", "within"])
    if let node = members["rule"] {
      rule = try node.choice("selection rule", as: SelectionRule.self)
    }
    if let node = members["metric"] {
      metric = try node.located { try MetricName(try node.nonEmptyText) }
      guard metric.metric.higherIsBetter != nil else {
        throw node.error("cannot select by \(metric): neither more nor less of it is better")
      }
    }
    cost = try members["against"]?.choice("cost", as: TrialCost.self)
    if let node = members["within"] {
      tolerance = try node.number
      guard try node.number >= 0 else { throw node.error("must not be negative") }
      guard cost?.isDetermined == true else {
        throw node.error(
          "chooses the cheapest trial, so it needs against: parameters; a choice by measured time "
            + "could not be repeated")
      }
    }
  }
}

extension PublishedResults {
  fileprivate init(_ node: YAMLNode, rows: [ExperimentRow]) throws {
    let members = try node.object(["source", "values"])
    source = try members.required("source").nonEmptyText
    values = try members.required("values").elements.map { element in
      let members = try element.object(["row", "metric", "value"])
      let metric = try members.required("metric")
      return Value(
        row: try members.required("row").label(of: rows),
        metric: try metric.located { try MetricName(try metric.nonEmptyText) },
        value: try members.required("value").number)
    }
  }
}

extension RunLimits {
  fileprivate init(_ node: YAMLNode) throws {
    let members = try node.object(["minutes", "memory"])
    self.init(
      minutes: try members["minutes"].map { node in
        let minutes = try node.number
        guard minutes > 0 else { throw node.error("must be more than 0, but is \(minutes)") }
        return minutes
      },
      memory: try members["memory"].map { node in
        try node.located { try RunLimits.bytes(try node.nonEmptyText) }
      })
  }
}

extension YAMLNode {
  /// Returns seeds: a count `n` means 1, 2, …, n.
  func seeds() throws -> [Int] {
    guard isList else { return Array(1...(try wholeNumber(in: 1...1000))) }
    let seeds = try elements.map { try $0.wholeNumber(in: 0...Int.max) }
    guard !seeds.isEmpty else { throw error("must list at least one seed") }
    guard Set(seeds).count == seeds.count else { throw error("lists a seed twice") }
    return seeds
  }

  /// Returns the label of one of the rows.
  func label(of rows: [ExperimentRow]) throws -> String {
    let label = try nonEmptyText
    guard rows.contains(where: { $0.label == label }) else {
      throw error(
        Diagnostic.unknown("row", label, accepted: rows.map(\.label)).description)
    }
    return label
  }
}
