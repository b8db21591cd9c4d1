import Configuration
import Training

/// One table, figure or ablation, as declared by a YAML file in `experiments/`.
///
/// It declares and never computes: which data, which models with which settings, how settings are
/// searched, on which seeds the chosen ones are repeated, by which rule they are chosen, and what is
/// shown. `docs/protocol.md` describes every key.
public struct ExperimentSpecification: Sendable {
  /// The name of the experiment: the folder of its results.
  public var id: String

  /// The heading of the table.
  public var title: String

  /// What the table shows, in sentences; empty where the specification says nothing.
  public var caption: String

  /// The data.
  public var dataset: DatasetSource

  /// The rows of the table, in the order of the file.
  public var rows: [ExperimentRow]

  /// The seeds that the chosen settings of every row are repeated on.
  public var seeds: [Int]

  /// How settings are chosen.
  public var selection: Selection

  /// The metrics shown, by name; the first is the headline.
  public var metrics: [Metric]

  /// The label of the row that the others are compared with, seed by seed.
  public var reference: String?

  /// Why rows have unequal search budgets, where they do.
  public var budgetNote: String?

  /// Numbers from publications.
  public var published: [PublishedResults]

  /// What a user should know of the file although it is read, such as former names of keys.
  public var notes: [String]

  /// The number of runs of a row when everything is done.
  package func runCount(of row: ExperimentRow) -> Int { row.budget + seeds.count }

  /// The label of a table's row of best reachable values, which no model may have.
  public static let ceilingLabel = "best reachable"
}

/// One row of a table: a model with settings of its own.
public struct ExperimentRow: Sendable {
  /// The name in the table; no two rows share one.
  public var label: String

  /// The id of the model in the catalog.
  public var model: String

  /// The folder of predictions that were handed in, for a row that is no model of the catalog.
  ///
  /// `{seed}` in it stands for the seed of the run; without it, all seeds have the same predictions.
  public var predictions: String?

  /// Fixed settings of the model, those common to all rows included.
  public var settings: [String: ConfigurationValue] = [:]

  /// What settings of the model are that configurations leave out.
  public var unstatedSettings: [String: ConfigurationValue] = [:]

  /// Fixed settings of the trainer, those common to all rows included.
  public var training: [String: ConfigurationValue] = [:]

  /// How the other settings are searched.
  public var search = SearchSpecification()
}

/// How a row's settings are searched.
public struct SearchSpecification: Sendable {
  /// How trials are chosen.
  public var strategy: any SearchStrategy.Type = NoSearch.self

  /// How many trials a strategy makes that is not bound to the values listed, trial 0 included.
  public var trials = 1

  /// The seed of random choices.
  public var seed = 0

  /// The seeds that every trial is trained on.
  ///
  /// None of them need be among the seeds of the table.
  public var runSeeds: [Int] = [0]

  /// Search spaces of model settings that replace the model's own.
  public var model: [String: SearchDistribution] = [:]

  /// Search spaces of trainer settings that replace the trainer's own.
  public var training: [String: SearchDistribution] = [:]
}

/// Numbers from one publication, shown in columns of their own.
public struct PublishedResults: Sendable, Equatable {
  /// One number.
  public struct Value: Sendable, Equatable {
    /// The label of its row.
    public var row: String
    /// Which number it is.
    public var metric: MetricName
    /// The number.
    public var value: Double
  }

  /// Where the numbers come from.
  public var source: String

  /// The numbers.
  public var values: [Value]
}
