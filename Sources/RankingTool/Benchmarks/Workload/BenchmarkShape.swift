import ArgumentParser
import Configuration
import Ranking

/// The rows that a benchmark draws.
struct BenchmarkRowOptions: ParsableArguments {
  @Option(help: "The shape of rows and layers.")
  var shape = BenchmarkShape.aliexpress

  @Option(help: "The number of scenarios.")
  var scenarios = 4

  @Option(help: "Total rows of the embedding tables of all fields (default: 1000 per field).")
  var vocabulary: Int?

  func validate() throws {
    try check(scenarios, named: "--scenarios", in: 1...1024)
    try check(vocabulary ?? 1, named: "--vocabulary", in: 1...100_000_000)
  }

  /// Returns the problem of the rows.
  func problem() throws -> Problem {
    try shape.problem(
      vocabularySize: vocabulary ?? shape.vocabularySize, scenarioCount: scenarios)
  }
}

/// A shape of rows and models used for benchmarks.
enum BenchmarkShape: String, CaseIterable, ExpressibleByArgument {
  /// 16 categorical fields, the first of the user and the second of the item, and 63 numericals, two
  /// tasks; embeddings of 128 columns, with the
  /// numericals as one field, so that experts have 2176 inputs; experts 512-256, towers 128-64,
  /// dropout 0.2, batch normalization.
  case aliexpress

  private var fieldCount: Int { 16 }
  private var numericalCount: Int { 63 }

  /// The default total number of rows in the embedding tables of all fields.
  var vocabularySize: Int { 1000 * fieldCount }

  /// Returns the problem.
  ///
  /// - Parameters:
  ///   - vocabularySize: The total number of ids of all fields, divided evenly among them.
  ///   - scenarioCount: The number of scenarios, which form one level.
  /// - Throws: ``UsageError`` if there are fewer ids than fields.
  func problem(vocabularySize: Int, scenarioCount: Int) throws -> Problem {
    guard vocabularySize >= fieldCount else {
      throw UsageError(
        "--vocabulary is \(vocabularySize), but must be at least \(fieldCount): one id per field")
    }
    return Problem(
      fields: (0..<fieldCount).map { field in
        let (share, rest) = vocabularySize.quotientAndRemainder(dividingBy: fieldCount)
        return CategoricalField(
          name: "categorical_\(field + 1)", vocabularySize: share + (field < rest ? 1 : 0))
      },
      numericals: (1...numericalCount).map { "numerical_\($0)" },
      scenarios: ScenarioTree(
        name: "country", values: (1...scenarioCount).map { "scenario_\($0)" }),
      tasks: [RankingTask(name: "ctr"), RankingTask(name: "ctcvr")],
      roles: ["categorical_1": .user, "categorical_2": .item])
  }

  /// Returns the settings of this shape that a model supports; its other settings keep their
  /// defaults.
  ///
  /// - Parameter expertCount: The number of experts in every layer; nil for 8, or for 4 in addition
  ///   to 4 per task if the model distinguishes shared experts from specific ones.
  /// - Throws: ``UsageError`` if experts are requested and the model has none.
  func settings(
    of entry: CatalogEntry, expertCount: Int?
  ) throws -> [String: ConfigurationValue] {
    let experts: [String: ConfigurationValue] = [
      "expertCount": .integer(expertCount ?? 8),
      "sharedExpertCount": .integer(expertCount ?? 4),
      "specificExpertCount": .integer(expertCount ?? 4),
      "scenarioExpertCount": .integer(expertCount ?? 8),
      "taskExpertCount": .integer(expertCount ?? 8),
    ]
    let common: [String: ConfigurationValue] = [
      "embeddingSize": .integer(128), "numericalInput": .string("field"),
      "scenarioFeature": .bool(false), "axis": .string("task"), "levelCount": .integer(1),
      "bottomSizes": .list([.integer(512), .integer(256)]),
      "expertSizes": .list([.integer(512), .integer(256)]),
      "towerSizes": .list([.integer(128), .integer(64)]),
      "dropout": .number(0.2), "batchNorm": .bool(true), "expertNorm": .string("none"),
      "scenarioSpecificCount": .integer(1), "scenarioSharedCount": .integer(1),
      "taskSpecificCount": .integer(1), "taskSharedCount": .integer(1),
    ]
    let names = Set(entry.settings.map(\.name))
    if expertCount != nil, names.isDisjoint(with: experts.keys) {
      throw UsageError("--experts was given, but the model '\(entry.card.id)' has no experts")
    }
    return common.merging(experts) { $1 }.filter { names.contains($0.key) }
  }
}
