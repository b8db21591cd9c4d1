import Configuration
import Ranking

/// Reads the rows of a specification: first the part common to all, then each row's own part.
struct RowReader {
  let common: YAMLObject
  let catalog: Catalog
  let training: SettingsSchema

  private static let searchKeys = [
    "strategy", "trials", "round", "seed", "seeds", "scheduler", "constraints", "warmStart",
    "model", "training",
  ]

  func rows(_ list: YAMLNode) throws -> [ExperimentRow] {
    var rows: [ExperimentRow] = []
    for node in try list.elements {
      let row = try read(node)
      guard !rows.contains(where: { $0.label == row.label }) else {
        throw node.error("two rows are labeled '\(row.label)'; give one of them a different label")
      }
      rows.append(row)
    }
    guard !rows.isEmpty else { throw list.error("lists no model") }
    try list.located {
      try checkNamesDiffer(
        "row",
        rows.map(\.label) + [
          ExperimentSpecification.ceilingLabel, ExperimentSpecification.realizedCeilingLabel,
        ])
    }
    return rows
  }

  private func read(_ node: YAMLNode) throws -> ExperimentRow {
    let members = try node.object(["id", "label", "settings", "training", "search", "predictions"])
    if let predictions = members["predictions"] {
      return try external(predictions, node, members)
    }
    let idNode = try members.required("id")
    let entry = try idNode.located { try catalog.entry(try idNode.nonEmptyText) }
    let model = SettingsSchema(entry)
    var row = ExperimentRow(
      label: try members["label"]?.nonEmptyText ?? entry.card.title, model: entry.card.id,
      unstatedSettings: entry.unstatedDefaults)
    for level in [common, members] { try add(level, to: &row, model: model) }
    if entry.isFittedExactly {
      try checkNothingOfTheTrainerIsSearched(members, by: entry)
      row.search.training = [:]
      row.search.scheduler = .standard
      row.isFittedExactly = true
    }
    try node.located {
      row.settings = Self.asStored(row.settings, try model.resolve(row.settings))
      row.training = Self.asStored(row.training, try training.resolve(row.training))
      try complete(&row, model: model)
    }
    return row
  }

  /// Completes the search of a row whose settings are all known, and checks it as a whole.
  private func complete(_ row: inout ExperimentRow, model: SettingsSchema) throws {
    try locating("search.model") {
      try row.search.model.completeConditions(fixed: row.settings, schema: model)
    }
    try locating("search.training") {
      try row.search.training.completeConditions(fixed: row.training, schema: training)
    }
    if row.search.round != nil, !row.search.strategy.isAdaptive {
      let adaptive = searchStrategies.filter { $0.isAdaptive }.map { $0.id }
      throw Diagnostic(
        "search.round: '\(row.search.strategy.id)' chooses all trials at once; rounds are for "
          + adaptive.joined(separator: ", "))
    }
  }

  /// Returns settings as stored in configurations: a method without the settings implied by it.
  private static func asStored(
    _ settings: [String: ConfigurationValue], _ resolved: [String: ConfigurationValue]
  ) -> [String: ConfigurationValue] {
    var result = settings
    for (name, value) in settings {
      if let stored = resolved[name], stored.canonicalJSON != value.canonicalJSON {
        result[name] = stored
      }
    }
    return result
  }

  /// Reads a row with external predictions.
  private func external(
    _ predictions: YAMLNode, _ node: YAMLNode,
    _ members: YAMLObject
  ) throws -> ExperimentRow {
    for key in ["id", "settings", "training", "search"] where members[key] != nil {
      throw node.error(
        "a row has either predictions, which are made elsewhere, or the key '\(key)'")
    }
    var row = ExperimentRow(
      label: try members.required("label").nonEmptyText + " (external)",
      model: RunConfiguration.externalModel)
    row.predictions = try predictions.nonEmptyText
    return row
  }

  /// Rejects a search over settings that do not affect a fit.
  ///
  /// A search declared for all rows in common is ignored here.
  private func checkNothingOfTheTrainerIsSearched(
    _ members: YAMLObject, by entry: CatalogEntry
  ) throws {
    let search = try members["search"]?.object(Self.searchKeys)
    guard let first = try search?["training"]?.entries.first else { return }
    throw first.1.error(
      "'\(entry.card.id)' is fitted to the optimum of its training objective, so there is nothing "
        + "to search among the trainer's settings")
  }

  /// Adds the settings that one level fixes and searches.
  ///
  /// A later level may fix what an earlier one searches, and search what it fixes; a single level
  /// cannot do both.
  private func add(
    _ level: YAMLObject, to row: inout ExperimentRow, model: SettingsSchema
  ) throws {
    let settings = try fixed(level["settings"], model)
    let training = try fixed(level["training"], self.training)
    row.settings.merge(settings) { $1 }
    row.training.merge(training) { $1 }
    for name in settings.keys { row.search.model[name] = nil }
    for name in training.keys { row.search.training[name] = nil }
    guard let node = level["search"] else { return }
    let members = try node.object(Self.searchKeys)
    try readStrategy(members, into: &row.search)
    for (name, searched) in try space(members["model"], model, fixed: settings) {
      row.search.model[name] = searched
      row.settings[name] = nil
    }
    for (name, searched) in try space(members["training"], self.training, fixed: training) {
      row.search.training[name] = searched
      row.training[name] = nil
    }
  }

  private func readStrategy(
    _ members: YAMLObject, into search: inout SearchSpecification
  ) throws {
    if let node = members["strategy"] {
      let id = try node.choice("search strategy", among: searchStrategies.map { $0.id })
      search.strategy = searchStrategies.first { $0.id == id } ?? search.strategy
    }
    search.trials = try members["trials"]?.wholeNumber(in: 1...100_000) ?? search.trials
    search.round = try members["round"]?.wholeNumber(in: 1...100_000) ?? search.round
    search.seed = try members["seed"]?.wholeNumber(in: 0...Int.max) ?? search.seed
    search.runSeeds = try members["seeds"]?.seeds() ?? search.runSeeds
    search.scheduler = try members["scheduler"]?.scheduler() ?? search.scheduler
    search.isWarmStarted = try members["warmStart"]?.flag ?? search.isWarmStarted
    if let node = members["warmStart"], search.isWarmStarted, !search.strategy.usesKnownTrials {
      let able = searchStrategies.filter { $0.usesKnownTrials }.map { $0.id }
      throw node.error(
        "the strategy \(search.strategy.id) does not learn from other runs; "
          + "\(able.joined(separator: ", ")) do")
    }
    search.constraints = try members["constraints"]?.constraints() ?? search.constraints
  }

  private func fixed(_ node: YAMLNode?, _ schema: SettingsSchema) throws
    -> [String: ConfigurationValue]
  {
    var result: [String: ConfigurationValue] = [:]
    for (name, member) in try node?.entries ?? [] {
      let value = try member.value()
      try member.located { try schema.check(value, for: name) }
      result[name] = value
    }
    return result
  }

  private func space(
    _ node: YAMLNode?, _ schema: SettingsSchema, fixed: [String: ConfigurationValue]
  ) throws -> [String: SearchedSetting] {
    var result: [String: SearchedSetting] = [:]
    for (name, member) in try node?.entries ?? [] {
      guard fixed[name] == nil else { throw member.error("'\(name)' is both fixed and searched") }
      let searched = try SearchedSetting(member, of: name, schema: schema)
      try member.located { try schema.check(searched.distribution, for: name) }
      result[name] = searched
    }
    return result
  }
}

extension YAMLNode {
  /// Returns constraints: `parameters` and `memory`, each with a bound `atMost`.
  fileprivate func constraints() throws -> SearchConstraints {
    var constraints = SearchConstraints()
    let members = try object(["parameters", "memory"])
    func bound(_ key: String) throws -> YAMLNode? {
      try members[key]?.object(["atMost"]).required("atMost")
    }
    if let node = try bound("parameters") {
      guard let count = Int(exactly: try node.number), count > 0 else {
        throw node.error("must be a positive whole number, such as 2e6")
      }
      constraints.parameters = count
    }
    constraints.memory = try bound("memory").map { node in
      let text = try node.nonEmptyText
      guard let count = byteCount(text) else {
        throw node.error("must be a size, such as 500MB or 2GB, but is '\(excerpt(text))'")
      }
      return count
    }
    return constraints
  }

  /// Returns a scheduler: its id, or a mapping of `id` and settings.
  fileprivate func scheduler() throws -> SchedulerChoice {
    let ids = schedulerCatalog.map { $0.card.id }
    func type(_ node: YAMLNode) throws -> (any TrialScheduler.Type)? {
      let id = try node.choice("scheduler", among: ids)
      return schedulerCatalog.first { $0.card.id == id }
    }
    if isScalar {
      _ = try type(self)
    } else {
      let members = try entries
      guard let id = members.first(where: { $0.key == "id" }) else {
        throw error("lacks the key 'id'")
      }
      let type = try type(id.value)
      for (name, member) in members where name != "id" {
        let value = try member.value()
        try member.located { try type?.check(value, for: name) }
      }
    }
    guard let choice = SchedulerChoice(configuration: try value()) else {
      throw error("must be one of \(ids.joined(separator: ", "))")
    }
    return choice
  }
}
