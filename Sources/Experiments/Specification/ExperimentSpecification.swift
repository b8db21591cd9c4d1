import Configuration
import Ranking
import Training

/// One table, figure or ablation, as declared by a YAML file in `experiments/`.
///
/// It only declares and computes nothing: the data, the models with their settings, how settings
/// are searched, the seeds on which the chosen settings are repeated, the selection rule, and the
/// content of the table. `docs/protocol.md` describes every key.
public struct ExperimentSpecification: Sendable {
  /// The name of the experiment, and of its results folder.
  public var id: String

  /// The heading of the table.
  public var title: String

  /// A description of the table, in sentences; empty if the specification gives none.
  public var caption: String

  /// The data; what varies them is in ``grid``.
  public var dataset: DatasetSource

  /// The data sets, if the experiment varies its data; nil if ``dataset`` is the only one.
  public var grid: DataGrid?

  /// The rows of the table, in the order of the file.
  public var rows: [ExperimentRow]

  /// The seeds on which the chosen settings of every row are repeated.
  public var seeds: [Int]

  /// How settings are chosen.
  public var selection: Selection

  /// The displayed metrics, by name; the first is the headline metric.
  public var metrics: [Metric]

  /// The label of the reference row, with which the others are compared seed by seed.
  public var reference: String?

  /// The label of the row without joint training, against which the report holds what joint training
  /// gains and costs each cell.
  public var seesaw: String?

  /// Why rows have unequal search budgets, if they do.
  public var budgetNote: String?

  /// Published numbers.
  public var published: [PublishedResults]

  /// The time and memory that one run may take; they do not affect its result.
  public var limits: RunLimits

  /// How runs are submitted to Slurm; it affects no result.
  public var slurm: SlurmSettings

  /// Notes for the user on a file that was read successfully, such as former names of keys.
  public var notes: [String]

  /// Returns the total number of runs of a row once everything is done.
  package func runCount(of row: ExperimentRow) -> Int { row.budget + seeds.count }

  /// The label of a table's row of best reachable values, which no other row may have.
  public static let ceilingLabel = "best reachable"

  /// The label of a table's row of what the true probabilities reach on the labels as drawn.
  public static let realizedCeilingLabel = "true probabilities"
}

/// One row of a table: a model with its settings.
public struct ExperimentRow: Sendable {
  /// The label in the table, unique among the rows.
  public var label: String

  /// The id of the model in the catalog.
  public var model: String

  /// The folder of external predictions, for a row without a model of the catalog.
  ///
  /// `{seed}` in it is replaced by the seed of the run; without it, all seeds have the same
  /// predictions.
  public var predictions: String?

  /// Fixed settings of the model, including those common to all rows.
  public var settings: [String: ConfigurationValue] = [:]

  /// The values of model settings that configurations leave out.
  public var unstatedSettings: [String: ConfigurationValue] = [:]

  /// Fixed settings of the trainer, including those common to all rows.
  public var training: [String: ConfigurationValue] = [:]

  /// Whether the model is fitted to the optimum of its objective, so that nothing of the trainer is
  /// searched, and no trial is pruned.
  public var isFittedExactly = false

  /// How the other settings are searched.
  public var search = SearchSpecification()
}

extension ExperimentRow {
  /// Creates a row whose settings are all at their defaults.
  package init(label: String, model: String) {
    self.label = label
    self.model = model
  }
}

/// How a row's settings are searched.
public struct SearchSpecification: Sendable {
  /// How trials are chosen.
  public var strategy: any SearchStrategy.Type = NoSearch.self

  /// The number of trials, including trial 0, for strategies that do not enumerate the listed
  /// values.
  public var trials = 1

  /// The number of trials of a round, for strategies that learn from results; nil for the
  /// strategy's own.
  public var round: Int?

  /// The seed of random choices.
  public var seed = 0

  /// The seeds on which every trial is trained.
  ///
  /// They need not be among the table's seeds.
  public var runSeeds: [Int] = [0]

  /// Whether the search learns from finished runs of the store; see ``WarmTrials``.
  public var isWarmStarted = false

  /// The bounds on trials.
  public var constraints = SearchConstraints()

  /// The rule that stops less promising trials early.
  public var scheduler = SchedulerChoice.standard

  /// Search spaces that replace the model's own.
  public var model: [String: SearchedSetting] = [:]

  /// Search spaces that replace the trainer's own.
  public var training: [String: SearchedSetting] = [:]
}

/// Numbers from one publication, shown in separate columns.
public struct PublishedResults: Sendable, Equatable {
  /// One published number.
  public struct Value: Sendable, Equatable {
    /// The label of its row.
    public var row: String
    /// The metric.
    public var metric: MetricName
    /// The number.
    public var value: Double
  }

  /// The source of the numbers.
  public var source: String

  /// The numbers.
  public var values: [Value]
}
