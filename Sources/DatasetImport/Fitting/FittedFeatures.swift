import Configuration
import Datasets
import Ranking
import Tabular

/// Everything that is fitted to the train rows.
struct FittedFeatures {
  let tasks: [LabelReader]
  private(set) var fields: [Vocabulary]
  private(set) var bags: [Vocabulary]
  private(set) var numericals: [Scaling]
  private(set) var targetEncoding: TargetEncoding?

  /// The number of train rows counted so far.
  private(set) var trainRowCount = 0

  /// The values inside the cells of each multi-valued feature.
  let bagValues: [BagValues]

  private let fieldTables: [KeyTable]
  private let scaled: [Int]
  private var moments: [Moments]

  /// The counts of some train rows.
  struct Counted {
    fileprivate var rows: PreparedSource.Rows
    fileprivate var fields: [[Int32]]
    fileprivate var bags: [[Int32]]
    fileprivate var numericals: [[Double]]
    fileprivate var labels: [(labels: [UInt8], isDefined: [Bool])]
  }

  init(_ staged: StagedRows) {
    let schema = staged.schema
    tasks = schema.tasks.map { LabelReader(task: $0) }
    fields = schema.features.fields.map { Vocabulary($0) }
    bags = schema.features.bags.map { Vocabulary($0) }
    numericals = schema.features.numericals.map { Scaling($0) }
    targetEncoding = schema.targetEncoding.map { TargetEncoding($0, tasks: schema.tasks) }
    fieldTables = schema.features.fields.map { staged.table(of: $0.column) }
    bagValues = schema.features.bags.map { BagValues($0, cells: staged.table(of: $0.column)) }
    scaled = numericals.indices.filter { schema.features.numericals[$0].isFitted }
    moments = scaled.map { _ in Moments() }
  }

  /// Returns the counts of train rows; safe to call concurrently.
  func counted(_ rows: PreparedSource.Rows) throws -> Counted {
    Counted(
      rows: rows, fields: try fields.map { try rows.frame.keys($0.feature.column).numbers },
      bags: try zip(bags, bagValues).map { vocabulary, values in
        try rows.frame.keys(vocabulary.feature.column).numbers.flatMap { values.values(of: $0) }
      },
      numericals: try scaled.map { try numericals[$0].values(of: rows.frame) },
      labels: targetEncoding == nil ? [] : try tasks.map { try $0.read(rows.frame) })
  }

  /// Adds counts of train rows, which must be added in order.
  mutating func count(_ counted: Counted) throws {
    trainRowCount += counted.rows.frame.rowCount
    for index in fields.indices {
      fields[index].count(counted.fields[index], tableSize: fieldTables[index].count)
    }
    for index in bags.indices {
      bags[index].count(counted.bags[index], tableSize: bagValues[index].table.count)
    }
    Moments.add(counted.numericals, to: &moments)
    try targetEncoding?.count(
      counted.rows, labels: counted.labels.map(\.labels),
      isDefined: counted.labels.map(\.isDefined))
  }

  /// Completes the fit.
  mutating func fit() throws {
    for index in fields.indices { fields[index].fit(fieldTables[index]) }
    for index in bags.indices { bags[index].fit(bagValues[index].table) }
    for (index, moments) in zip(scaled, moments) { numericals[index].moments = moments }
    try targetEncoding?.fit()
  }

  /// Returns the target-encoded features for rows of a split, by feature and row.
  func targetEncodedValues(_ rows: PreparedSource.Rows, split: SplitName) throws -> [[Float]] {
    try targetEncoding?.values(of: rows, split: split) ?? []
  }

  /// Returns the problem of the cache.
  func problem(schema: DatasetSchema, scenarios: ScenarioTree) -> Problem {
    func field(_ vocabulary: Vocabulary) -> CategoricalField {
      CategoricalField(name: vocabulary.feature.name, vocabularySize: vocabulary.size)
    }
    return Problem(
      fields: fields.map(field), bags: bags.map(field),
      numericals: schema.features.numericals.map(\.name)
        + (schema.targetEncoding?.features.map(\.name) ?? []),
      scenarios: scenarios,
      tasks: schema.tasks.map(\.task), roles: schema.features.roles)
  }
}
