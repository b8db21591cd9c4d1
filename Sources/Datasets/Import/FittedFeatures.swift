import Ranking

/// Everything that is fitted to the train rows.
struct FittedFeatures {
  let tasks: [LabelReader]
  private(set) var fields: [Vocabulary]
  private(set) var bags: [Vocabulary]
  private(set) var numericals: [Scaling]
  private(set) var statistics: StatisticFeatures?

  init(_ schema: DatasetSchema) {
    tasks = schema.tasks.map { LabelReader(task: $0) }
    fields = schema.features.fields.map { Vocabulary($0) }
    bags = schema.features.bags.map { Vocabulary($0) }
    numericals = schema.features.numericals.map { Scaling($0) }
    statistics = schema.statistics.map { StatisticFeatures($0, tasks: schema.tasks) }
  }

  /// Counts train rows.
  mutating func count(_ rows: PreparedSource.Rows) throws {
    let frame = rows.frame
    for index in fields.indices {
      try frame.texts(fields[index].feature.column).forEach { _, cell in fields[index].count(cell) }
    }
    for index in bags.indices {
      let feature = bags[index].feature
      try frame.texts(feature.column).forEach { _, cell in
        feature.forEachValue(in: cell) { bags[index].count($0) }
      }
    }
    for index in numericals.indices {
      for value in try numericals[index].values(of: frame) { numericals[index].count(value) }
    }
    if statistics != nil {
      let labels = try tasks.map { try $0.read(frame) }
      try statistics?.count(
        rows, labels: labels.map(\.labels), isDefined: labels.map(\.isDefined))
    }
  }

  /// Ends counting.
  mutating func fit() throws {
    for index in fields.indices { fields[index].fit() }
    for index in bags.indices { bags[index].fit() }
    try statistics?.fit()
  }

  /// Returns the values of the statistic features of rows of a split, by feature and row.
  mutating func statisticValues(_ rows: PreparedSource.Rows, split: SplitName) throws -> [[Float]] {
    try statistics?.values(of: rows, split: split) ?? []
  }

  /// Returns the problem that the cache will have.
  func problem(schema: DatasetSchema, scenarios: ScenarioTree) -> Problem {
    func field(_ vocabulary: Vocabulary) -> CategoricalField {
      CategoricalField(name: vocabulary.feature.name, vocabularySize: vocabulary.size)
    }
    return Problem(
      fields: fields.map(field), bags: bags.map(field),
      numericals: schema.features.numericals.map(\.name)
        + (schema.statistics?.features.map(\.name) ?? []),
      scenarios: scenarios,
      tasks: schema.tasks.map { RankingTask(name: $0.name, domain: $0.domain) })
  }
}
